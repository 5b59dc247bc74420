{{ config(materialized='table') }}

-- The ladder of evidence: an explicit rule (1), the resource's own tag (2), the account's owner (3).
with keys as (

    select * from {{ ref('int_owner_keys') }}

),

attributes as (

    select
        source_name, sub_account_id, service_name, region_id, tag_set_id, period_start,
        'sub_account_id' as attribute,
        sub_account_id as attribute_value
    from keys
    union all
    select
        source_name, sub_account_id, service_name, region_id, tag_set_id, period_start,
        'service_name' as attribute,
        service_name as attribute_value
    from keys
    union all
    select
        source_name, sub_account_id, service_name, region_id, tag_set_id, period_start,
        'region_id' as attribute,
        region_id as attribute_value
    from keys
    union all
    select
        source_name, sub_account_id, service_name, region_id, tag_set_id, period_start,
        'source_name' as attribute,
        source_name as attribute_value
    from keys
    union all
    select
        keys.source_name, keys.sub_account_id, keys.service_name, keys.region_id, keys.tag_set_id, keys.period_start,
        'tag:' || tag_values.tag_key as attribute,
        tag_values.tag_value as attribute_value
    from keys
    inner join {{ ref('int_tag_values') }} as tag_values on keys.tag_set_id = tag_values.tag_set_id

),

rules as (

    select
        rule_id,
        dimension,
        1 as evidence_rank,
        priority,
        case
            when starts_with(attribute, 'tag:') then 'tag:' || {{ tag_key_normalized('substr(attribute, 5)') }}
            else attribute
        end as attribute,
        operator,
        operand,
        value,
        valid_from,
        valid_to
    from {{ source('raw', 'rule_allocation') }}
    union all
    select
        'tag ' || tag_key as rule_id,
        dimension,
        2 as evidence_rank,
        priority,
        'tag:' || {{ tag_key_normalized('tag_key') }} as attribute,
        'exists' as operator,
        cast(null as string) as operand,
        '{value}' as value,
        valid_from,
        valid_to
    from {{ source('raw', 'rule_tag_keys') }}

),

by_rule as (

    select
        attributes.* except (attribute, attribute_value),
        rules.dimension,
        rules.evidence_rank,
        rules.priority,
        rules.rule_id,
        case when rules.value = '{value}' then attributes.attribute_value else rules.value end as found_value
    from attributes
    inner join rules
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

    select sub_account_id, valid_from, valid_to, 'team' as dimension, team as found_value
    from {{ source('raw', 'rule_accounts') }}
    union all
    select sub_account_id, valid_from, valid_to, 'product' as dimension, product as found_value
    from {{ source('raw', 'rule_accounts') }}
    union all
    select sub_account_id, valid_from, valid_to, 'environment' as dimension, environment as found_value
    from {{ source('raw', 'rule_accounts') }}
    union all
    select sub_account_id, valid_from, valid_to, 'cost_center' as dimension, cost_center as found_value
    from {{ source('raw', 'rule_accounts') }}

),

by_account as (

    select
        keys.* except (period_end),
        accounts.dimension,
        3 as evidence_rank,
        cast(0 as bigint) as priority,
        'account ' || accounts.sub_account_id as rule_id,
        accounts.found_value
    from keys
    inner join accounts
        on
            keys.sub_account_id = accounts.sub_account_id
            and keys.period_start >= coalesce(accounts.valid_from, date '0001-01-01')
            and keys.period_start < coalesce(accounts.valid_to, date '9999-12-31')
    where accounts.found_value is not null

),

evidence as (

    select * from by_rule
    union all
    select * from by_account

)

select
    evidence.* except (found_value),
    coalesce(aliases.value, evidence.found_value) as value
from evidence
left join {{ source('raw', 'rule_aliases') }} as aliases
    on
        evidence.dimension = aliases.dimension
        and lower(trim(evidence.found_value)) = lower(trim(aliases.alias))
        and evidence.period_start >= coalesce(aliases.valid_from, date '0001-01-01')
        and evidence.period_start < coalesce(aliases.valid_to, date '9999-12-31')
qualify row_number() over (
    partition by
        evidence.source_name, evidence.sub_account_id, evidence.service_name, evidence.region_id, evidence.tag_set_id,
        evidence.period_start, evidence.dimension
    order by evidence.evidence_rank, evidence.priority, evidence.rule_id
) = 1
