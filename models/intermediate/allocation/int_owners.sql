{{ config(materialized='table') }}

with owners as (

    select
        owner_keys.*,
        max(case when evidence.dimension = 'team' then evidence.value end) as team,
        max(case when evidence.dimension = 'product' then evidence.value end) as product,
        max(case when evidence.dimension = 'environment' then evidence.value end) as environment,
        max(case when evidence.dimension = 'cost_center' then evidence.value end) as cost_center,
        max(case when evidence.dimension = 'team' then evidence.evidence_rank end) as team_evidence_rank
    from {{ ref('int_owner_keys') }} as owner_keys
    left join {{ ref('int_owner_evidence') }} as evidence
        on
            owner_keys.source_name = evidence.source_name
            and {{ same('owner_keys.sub_account_id', 'evidence.sub_account_id') }}
            and {{ same('owner_keys.service_name', 'evidence.service_name') }}
            and {{ same('owner_keys.region_id', 'evidence.region_id') }}
            and owner_keys.tag_set_id = evidence.tag_set_id
            and owner_keys.period_start = evidence.period_start
    group by
        owner_keys.source_name, owner_keys.sub_account_id, owner_keys.service_name, owner_keys.region_id,
        owner_keys.tag_set_id, owner_keys.period_start, owner_keys.period_end

)

select
    {{ all_but(['team', 'product', 'environment', 'cost_center', 'team_evidence_rank'], 'owners') }},
    coalesce(owners.team, {{ unallocated() }}) as team,
    coalesce(owners.product, {{ unallocated() }}) as product,
    coalesce(owners.environment, {{ unallocated() }}) as environment,
    coalesce(owners.cost_center, teams.cost_center, {{ unallocated() }}) as cost_center,
    coalesce(teams.business_unit, {{ unallocated() }}) as business_unit,
    case owners.team_evidence_rank
        when 1 then 'rule'
        when 2 then 'tag'
        when 3 then 'account'
        else 'unallocated'
    end as allocation_method
from owners
left join {{ source('raw', 'rule_teams') }} as teams
    on
        owners.team = teams.team
        and owners.period_start >= coalesce(teams.valid_from, date '0001-01-01')
        and owners.period_start < coalesce(teams.valid_to, date '9999-12-31')
