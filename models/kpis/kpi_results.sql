with measured as (

    select * from {{ ref('kpi_cost') }}
    union all
    select * from {{ ref('kpi_allocation') }}
    union all
    select * from {{ ref('kpi_commitments') }}
    union all
    select * from {{ ref('kpi_data') }}

),

valued as (

    select
        measured.*,
        {{ ratio('measured.numerator', 'measured.denominator') }} as value
    from measured

)

select
    valued.kpi_id,
    valued.variant,
    registry.definition_version,
    valued.scope_type,
    valued.scope_id,
    valued.period_grain,
    valued.period_start,
    valued.currency,
    {{ money('valued.numerator') }} as numerator,
    {{ money('valued.denominator') }} as denominator,
    valued.value,
    registry.unit,
    registry.target,
    case
        when valued.value is null then 'no_input'
        when registry.target is null then 'no_target'
        when registry.direction = 'up' and valued.value >= registry.target then 'met'
        when registry.direction = 'down' and valued.value <= registry.target then 'met'
        else 'missed'
    end as status,
    {{ as_of() }} as as_of
from valued
left join {{ ref('kpi_registry') }} as registry
    on valued.kpi_id = registry.kpi_id and valued.variant = registry.variant
