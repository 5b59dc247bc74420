{{ config(materialized='table') }}

-- The tag policy is what the rules ask of tags: a value under one of the keys of every dimension that has keys, and for
-- what the company lists (teams and their cost centers) one of the list, spelled as there: an alias repairs what does
-- not comply. Without keys there is no policy, and no row.
with required as (

    select distinct
        periods.period_start,
        periods.period_end,
        rules.dimension,
        substr(rules.attribute, 5) as tag_key
    from {{ ref('int_rule_periods') }} as periods
    inner join {{ ref('int_allocation_rules') }} as rules
        on
            rules.evidence_rank = 2
            and periods.period_start >= coalesce(rules.valid_from, date '0001-01-01')
            and periods.period_start < coalesce(rules.valid_to, date '9999-12-31')

),

allowed as (

    select
        'team' as dimension,
        team as allowed_value,
        valid_from,
        valid_to
    from {{ source('raw', 'rule_teams') }}
    union all
    select
        'cost_center' as dimension,
        cost_center as allowed_value,
        valid_from,
        valid_to
    from {{ source('raw', 'rule_teams') }}
    where cost_center is not null

),

listed as (

    select distinct dimension from allowed

),

tag_sets as (

    select distinct tag_set_id from {{ ref('int_tag_hashes') }}

),

wanted as (

    select
        tag_sets.tag_set_id,
        required.period_start,
        required.period_end,
        required.dimension,
        max(
            case
                when tags.tag_value is null then 0
                when listed.dimension is not null and allowed.allowed_value is null then 0
                else 1
            end
        ) as is_there
    from tag_sets
    cross join required
    left join listed on required.dimension = listed.dimension
    left join {{ ref('int_tag_values') }} as tags
        on tag_sets.tag_set_id = tags.tag_set_id and required.tag_key = tags.tag_key
    left join allowed
        on
            required.dimension = allowed.dimension
            and tags.tag_value = allowed.allowed_value
            and required.period_start >= coalesce(allowed.valid_from, date '0001-01-01')
            and required.period_start < coalesce(allowed.valid_to, date '9999-12-31')
    group by tag_sets.tag_set_id, required.period_start, required.period_end, required.dimension

)

select
    tag_set_id,
    period_start,
    period_end,
    min(is_there) = 1 as is_tag_compliant
from wanted
group by tag_set_id, period_start, period_end
