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
            count(*) over (partition by {{ scope_id }}) as source_count,
            count(alert_id) over (partition by {{ scope_id }}) as silent_count
        from sources
        where {{ scope_id }} is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    counted.alert_id,
    'freshness:' || counted.scope_type || ':' || counted.scope_id as told_as_id,
    counted.scope_type,
    counted.scope_id,
    replace(words.title, '{name}', counted.scope_id) as title
from counted
inner join {{ ref('silence_words') }} as words on counted.scope_type = words.scope_type
where counted.alert_id is not null and counted.source_count > 1 and counted.silent_count = counted.source_count
qualify row_number() over (partition by counted.alert_id order by counted.source_count desc, words.place asc) = 1
