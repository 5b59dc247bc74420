with found as (

    select distinct
        kpi_id,
        variant
    from {{ ref('kpi_measured') }}

),

newest as (

    select max(period_start) as period_start from {{ ref('kpi_inputs') }}

),

-- a KPI that is computed but found nothing to measure says so, once, for the whole company
absent as (

    select
        registry.kpi_id,
        registry.variant,
        'company' as scope_type,
        'all' as scope_id,
        registry.period_grain,
        newest.period_start,
        cast(null as string) as currency,
        {{ money('null') }} as numerator,
        {{ money('null') }} as denominator
    from {{ ref('kpi_registry') }} as registry
    cross join newest
    left join found
        on registry.kpi_id = found.kpi_id and registry.variant = found.variant
    where registry.model is not null and found.kpi_id is null

),

results as (

    select * from {{ ref('kpi_measured') }}
    union all
    select * from absent

),

valued as (

    select
        results.*,
        registry.definition_version,
        registry.unit,
        registry.direction,
        -- the company's own target, of this very scope before that of all scopes of its type; else the registry's
        coalesce(own.target, own_of_type.target, registry.target) as target,
        registry.inputs,
        -- money is taken as it is: a division, even by one, leaves exact arithmetic
        case
            when registry.unit = 'currency' then results.numerator
            when results.denominator > 0 then {{ ratio('results.numerator', 'results.denominator') }}
        end as value
    from results
    left join {{ ref('kpi_registry') }} as registry
        on results.kpi_id = registry.kpi_id and results.variant = registry.variant
    left join {{ ref('kpi_target_rules') }} as own
        on
            results.kpi_id = own.kpi_id
            and results.variant = own.variant
            and results.scope_type = own.scope_type
            and results.scope_id = own.scope_id
            and results.period_start >= own.valid_from
            and results.period_start < coalesce(own.valid_to, date '9999-12-31')
    left join {{ ref('kpi_target_rules') }} as own_of_type
        on
            results.kpi_id = own_of_type.kpi_id
            and results.variant = own_of_type.variant
            and results.scope_type = own_of_type.scope_type
            and own_of_type.scope_id is null
            and results.period_start >= own_of_type.valid_from
            and results.period_start < coalesce(own_of_type.valid_to, date '9999-12-31')

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
        when value is null and (numerator is null or denominator is null) then 'no_input'
        when value is null then 'undefined'
        when target is null then 'no_target'
        when direction = 'up' and value >= target then 'met'
        when direction = 'down' and value <= target then 'met'
        when direction = 'none' then 'no_target'
        else 'missed'
    end as status,
    case
        when value is not null then null
        when numerator is null or denominator is null then 'not delivered or not known: ' || inputs
        when denominator = 0 then 'the denominator is 0: there was nothing of it'
        else 'the denominator is negative: credits or corrections outweigh the rest'
    end as status_reason,
    {{ as_of() }} as as_of
from valued
