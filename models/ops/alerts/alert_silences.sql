-- Sources that are silent for one reason: all of one provider, or all that there are. One alert tells them.
with sources as (

    select
        freshness.source_name,
        freshness.service_provider_name,
        conditions.alert_id,
        count(*) over () as source_count,
        count(conditions.alert_id) over () as silent_count,
        count(*) over (partition by freshness.service_provider_name) as provider_source_count,
        count(conditions.alert_id) over (partition by freshness.service_provider_name) as provider_silent_count
    from {{ ref('bill_freshness') }} as freshness
    left join {{ ref('alert_conditions') }} as conditions
        on freshness.source_name = conditions.scope_id and conditions.alert_kind = 'freshness'

),

shared as (

    select
        *,
        case
            when source_count > 1 and silent_count = source_count then 'company'
            when
                service_provider_name is not null
                and provider_source_count > 1
                and provider_silent_count = provider_source_count
                then 'provider'
        end as scope_type
    from sources
    where alert_id is not null

)

select
    alert_id,
    'freshness:' || scope_type || case scope_type when 'company' then ':all' else ':' || service_provider_name end
        as told_as_id,
    scope_type,
    case scope_type when 'company' then 'all' else service_provider_name end as scope_id,
    case scope_type
        when 'company' then 'No new charges from any source'
        else 'No new charges from any source of ' || service_provider_name
    end as title
from shared
where scope_type is not null
