{{ config(materialized='table') }}

with owners as (

    select
        keys.*,
        max(case when evidence.dimension = 'team' then evidence.value end) as team,
        max(case when evidence.dimension = 'product' then evidence.value end) as product,
        max(case when evidence.dimension = 'environment' then evidence.value end) as environment,
        max(case when evidence.dimension = 'cost_center' then evidence.value end) as cost_center,
        max(case when evidence.dimension = 'team' then evidence.rule_id end) as team_rule_id,
        max(case when evidence.dimension = 'team' then evidence.evidence_rank end) as team_evidence_rank
    from {{ ref('int_owner_keys') }} as keys
    left join {{ ref('int_owner_evidence') }} as evidence
        on
            keys.source_name = evidence.source_name
            and {{ same('keys.sub_account_id', 'evidence.sub_account_id') }}
            and {{ same('keys.service_name', 'evidence.service_name') }}
            and {{ same('keys.region_id', 'evidence.region_id') }}
            and keys.tag_set_id = evidence.tag_set_id
            and keys.period_start = evidence.period_start
    group by
        keys.source_name, keys.sub_account_id, keys.service_name, keys.region_id, keys.tag_set_id, keys.period_start,
        keys.period_end

)

select
    owners.* except (team, product, environment, cost_center, team_rule_id, team_evidence_rank),
    coalesce(owners.team, {{ unallocated() }}) as team,
    coalesce(owners.product, {{ unallocated() }}) as product,
    coalesce(owners.environment, {{ unallocated() }}) as environment,
    coalesce(owners.cost_center, teams.cost_center, {{ unallocated() }}) as cost_center,
    owners.team_rule_id as allocation_rule_id,
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
