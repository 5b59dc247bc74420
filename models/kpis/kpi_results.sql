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
    catalog.definition_version,
    valued.scope_type,
    valued.scope_id,
    valued.period_grain,
    valued.period_start,
    valued.currency,
    {{ money('valued.numerator') }} as numerator,
    {{ money('valued.denominator') }} as denominator,
    valued.value,
    catalog.unit,
    catalog.target,
    case
        when valued.value is null then 'no_input'
        when catalog.target is null then 'no_target'
        when catalog.direction = 'up' and valued.value >= catalog.target then 'met'
        when catalog.direction = 'down' and valued.value <= catalog.target then 'met'
        else 'missed'
    end as status,
    {{ as_of() }} as as_of
from valued
left join {{ ref('kpi_registry') }} as catalog
    on valued.kpi_id = catalog.kpi_id and valued.variant = catalog.variant
