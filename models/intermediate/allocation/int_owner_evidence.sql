{{ config(materialized='table') }}

-- The ladder of evidence: an explicit rule (1), the resource's own tag (2), the account's owner (3).
with by_rule as (

    select
        {{ all_but(['attribute', 'attribute_value'], 'attributes') }},
        rules.dimension,
        rules.evidence_rank,
        rules.priority,
        rules.rule_id,
        case when rules.value = '{value}' then attributes.attribute_value else rules.value end as found_value
    from {{ ref('int_owner_attributes') }} as attributes
    inner join {{ ref('int_allocation_rules') }} as rules
        on
            attributes.attribute = rules.attribute
            and attributes.period_start >= coalesce(rules.valid_from, date '0001-01-01')
            and attributes.period_start < coalesce(rules.valid_to, date '9999-12-31')
            and case rules.operator
                when 'equals' then attributes.attribute_value = rules.operand
                when 'starts_with' then starts_with(attributes.attribute_value, rules.operand)
                when 'contains' then strpos(attributes.attribute_value, rules.operand) > 0
                when 'exists' then attributes.attribute_value is not null
            end

),

accounts as (
    {% for dimension in ['team', 'product', 'environment', 'cost_center'] %}
        select
            sub_account_id,
            valid_from,
            valid_to,
            '{{ dimension }}' as dimension,
            {{ dimension }} as found_value
        from {{ source('raw', 'rule_accounts') }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

by_account as (

    select
        {{ all_but(['period_end'], 'owner_keys') }},
        accounts.dimension,
        3 as evidence_rank,
        cast(0 as bigint) as priority,
        'account ' || accounts.sub_account_id as rule_id,
        accounts.found_value
    from {{ ref('int_owner_keys') }} as owner_keys
    inner join accounts
        on
            owner_keys.sub_account_id = accounts.sub_account_id
            and owner_keys.period_start >= coalesce(accounts.valid_from, date '0001-01-01')
            and owner_keys.period_start < coalesce(accounts.valid_to, date '9999-12-31')
    where accounts.found_value is not null

),

evidence as (

    select * from by_rule
    union all
    select * from by_account

)

select
    {{ all_but(['found_value'], 'evidence') }},
    coalesce(aliases.value, evidence.found_value) as value
from evidence
left join {{ source('raw', 'rule_aliases') }} as aliases
    on
        evidence.dimension = aliases.dimension
        and lower(trim(evidence.found_value)) = lower(trim(aliases.alias))
        and evidence.period_start >= coalesce(aliases.valid_from, date '0001-01-01')
        and evidence.period_start < coalesce(aliases.valid_to, date '9999-12-31')
left join {{ source('raw', 'rule_teams') }} as teams
    on
        coalesce(aliases.value, evidence.found_value) = teams.team
        and evidence.period_start >= coalesce(teams.valid_from, date '0001-01-01')
        and evidence.period_start < coalesce(teams.valid_to, date '9999-12-31')
-- where the company lists its teams, a tag that names none of them is no evidence
where
    evidence.dimension <> 'team'
    or teams.team is not null
    or coalesce(aliases.value, evidence.found_value) = {{ unallocated() }}
    or (select count(*) from {{ source('raw', 'rule_teams') }}) = 0
qualify row_number() over (
    partition by
        evidence.source_name, evidence.sub_account_id, evidence.service_name, evidence.region_id, evidence.tag_set_id,
        evidence.period_start, evidence.dimension
    order by evidence.evidence_rank, evidence.priority, evidence.rule_id
) = 1
