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
        registry.definition_version,
        registry.unit,
        registry.direction,
        registry.target,
        -- money is taken as it is: a division, even by one, leaves exact arithmetic
        case
            when registry.unit = 'currency' then measured.numerator
            else {{ ratio('measured.numerator', 'measured.denominator') }}
        end as value
    from measured
    left join {{ ref('kpi_registry') }} as registry
        on measured.kpi_id = registry.kpi_id and measured.variant = registry.variant

)

select
    kpi_id,
    variant,
    definition_version,
    scope_type,
    scope_id,
    period_grain,
    period_start,
    currency,
    {{ money('numerator') }} as numerator,
    {{ money('denominator') }} as denominator,
    {{ money('value') }} as value,
    unit,
    target,
    case
        when value is null then 'no_input'
        when target is null then 'no_target'
        when direction = 'up' and value >= target then 'met'
        when direction = 'down' and value <= target then 'met'
        else 'missed'
    end as status,
    {{ as_of() }} as as_of
from valued
