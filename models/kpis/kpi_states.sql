-- What became of each KPI of the registry in this publication.
with counted as (

    select
        kpi_id,
        variant,
        count(value) as value_count,
        max(case when value is not null then period_start end) as last_period_start,
        max(case when status = 'no_input' then status_reason end) as missing_reason,
        max(case when status = 'undefined' then status_reason end) as undefined_reason
    from {{ ref('kpi_results') }}
    group by kpi_id, variant

)

select
    registry.*,
    case
        when registry.model is null then 'waits'
        when counted.value_count > 0 then 'computed'
        when counted.missing_reason is null then 'undefined'
        else 'no_input'
    end as kpi_state,
    cast(coalesce(counted.value_count, 0) as bigint) as value_count,
    counted.last_period_start,
    case
        when registry.model is null then 'waits for ' || registry.waits_for
        when counted.value_count = 0 then coalesce(counted.missing_reason, counted.undefined_reason)
    end as state_reason
from {{ ref('kpi_registry') }} as registry
left join counted
    on registry.kpi_id = counted.kpi_id and registry.variant = counted.variant
