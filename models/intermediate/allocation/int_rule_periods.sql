-- Time cut at every date on which some rule begins or ends: within one piece the rules do not change.
with boundaries as (

    select date '0001-01-01' as boundary
    union distinct
    select valid_from from {{ source('raw', 'rule_allocation') }}
    where valid_from is not null
    union distinct
    select valid_to from {{ source('raw', 'rule_allocation') }}
    where valid_to is not null
    union distinct
    select valid_from from {{ source('raw', 'rule_tag_keys') }}
    where valid_from is not null
    union distinct
    select valid_to from {{ source('raw', 'rule_tag_keys') }}
    where valid_to is not null
    union distinct
    select valid_from from {{ source('raw', 'rule_aliases') }}
    where valid_from is not null
    union distinct
    select valid_to from {{ source('raw', 'rule_aliases') }}
    where valid_to is not null
    union distinct
    select valid_from from {{ source('raw', 'rule_accounts') }}
    where valid_from is not null
    union distinct
    select valid_to from {{ source('raw', 'rule_accounts') }}
    where valid_to is not null
    union distinct
    select valid_from from {{ source('raw', 'rule_teams') }}
    where valid_from is not null
    union distinct
    select valid_to from {{ source('raw', 'rule_teams') }}
    where valid_to is not null

)

select
    boundary as period_start,
    coalesce(lead(boundary) over (order by boundary), date '9999-12-31') as period_end
from boundaries
