-- Sources that are silent for one reason: all that there are, all of a provider, or all of a bucket; of several reasons
-- the one that more of them have. One alert tells them.
{% set groups = {'company': "'all'", 'provider': 'service_provider_name', 'bucket': 'storage_bucket'} %}
with sources as (

    select
        freshness.service_provider_name,
        freshness.storage_bucket,
        conditions.alert_id
    from {{ ref('bill_freshness') }} as freshness
    left join {{ ref('alert_conditions') }} as conditions
        on freshness.source_name = conditions.scope_id and conditions.alert_kind = 'freshness'

),

counted as (

    {% for scope_type, scope_id in groups.items() %}
        select
            alert_id,
            '{{ scope_type }}' as scope_type,
            {{ scope_id }} as scope_id,
            {{ loop.index }} as place,
            count(*) over (partition by {{ scope_id }}) as source_count,
            count(alert_id) over (partition by {{ scope_id }}) as silent_count
        from sources
        where {{ scope_id }} is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    alert_id,
    'freshness:' || scope_type || ':' || scope_id as told_as_id,
    scope_type,
    scope_id,
    'No new charges from any source' || case scope_type
        when 'provider' then ' of ' || scope_id
        when 'bucket' then ' in ' || scope_id
        else ''
    end as title
from counted
where alert_id is not null and source_count > 1 and silent_count = source_count
qualify row_number() over (partition by alert_id order by source_count desc, place asc) = 1
