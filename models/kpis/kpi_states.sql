-- What became of each KPI of the registry in this publication.
with counted as (

    select
        kpi_id,
        variant,
        count(value) as value_count,
        max(case when value is not null then period_start end) as last_period_start,
        max(case when value is null then status_reason end) as status_reason
    from {{ ref('kpi_results') }}
    group by kpi_id, variant

)

select
    registry.*,
    case
        when registry.model is null then 'waits'
        when coalesce(counted.value_count, 0) = 0 then 'no_input'
        else 'computed'
    end as kpi_state,
    cast(coalesce(counted.value_count, 0) as bigint) as value_count,
    counted.last_period_start,
    case
        when registry.model is null then 'waits for ' || registry.waits_for
        when coalesce(counted.value_count, 0) = 0 then counted.status_reason
    end as state_reason
from {{ ref('kpi_registry') }} as registry
left join counted
    on registry.kpi_id = counted.kpi_id and registry.variant = counted.variant
