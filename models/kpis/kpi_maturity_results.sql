-- What maturity is judged by: each KPI of a scope in its last full month that has a value, and over three of them.
with months as (

    select max(period_start) as open_month from {{ ref('kpi_inputs') }}

),

criteria as (

    select
        criteria.kpi_id,
        criteria.variant
    from {{ ref('maturity_criteria') }} as criteria
    inner join {{ ref('kpi_registry') }} as registry
        on criteria.kpi_id = registry.kpi_id and criteria.variant = registry.variant
    where registry.scopes = 'any'

),

recent as (

    select
        results.*,
        months.open_month
    from {{ ref('kpi_results') }} as results
    cross join months
    where results.period_grain = 'month' and results.period_start >= {{ add_months('months.open_month', -3) }}

),

-- what is delivered for parts of the company speaks for it too: of several types of parts the one with the most
parts as (

    select
        recent.kpi_id,
        recent.variant,
        recent.scope_type,
        recent.period_start,
        recent.open_month,
        recent.currency,
        sum(recent.numerator) as numerator,
        sum(recent.denominator) as denominator,
        count(*) as part_count
    from recent
    inner join criteria
        on recent.kpi_id = criteria.kpi_id and recent.variant = criteria.variant
    where recent.value is not null
    group by
        recent.kpi_id, recent.variant, recent.scope_type, recent.period_start, recent.open_month, recent.currency
    qualify row_number() over (
        partition by recent.kpi_id, recent.variant, recent.period_start, recent.currency
        order by case when recent.scope_type = 'company' then 0 else 1 end, count(*) desc, recent.scope_type
    ) = 1

),

measured as (

    select
        kpi_id,
        variant,
        scope_type,
        scope_id,
        period_start,
        open_month,
        currency,
        numerator,
        denominator,
        value,
        status
    from recent
    union all
    select
        kpi_id,
        variant,
        'company' as scope_type,
        'all' as scope_id,
        period_start,
        open_month,
        currency,
        {{ money('numerator') }} as numerator,
        {{ money('denominator') }} as denominator,
        {{ ratio('numerator', 'denominator') }} as value,
        'no_target' as status
    from parts
    where scope_type <> 'company'

),

-- a month says little of what swings: some KPIs are judged on three
quarters as (

    select
        *,
        {{ for_each(
            ['numerator', 'denominator'],
            'sum({}) over (partition by kpi_id, variant, scope_type, scope_id, currency order by period_start'
            ~ ' rows between 2 preceding and current row) as quarter_{}'
        ) }}
    from measured
    where value is not null and period_start < open_month

)

select
    measured.*,
    quarters.quarter_numerator,
    quarters.quarter_denominator
from measured
left join quarters
    on
        measured.kpi_id = quarters.kpi_id
        and measured.variant = quarters.variant
        and measured.scope_type = quarters.scope_type
        and measured.scope_id = quarters.scope_id
        and measured.period_start = quarters.period_start
        and {{ same('measured.currency', 'quarters.currency') }}
qualify row_number() over (
    partition by
        measured.kpi_id, measured.variant, measured.scope_type, measured.scope_id, measured.currency
    order by
        case when measured.value is not null then 0 else 1 end asc,
        case when measured.period_start < measured.open_month then 0 else 1 end asc,
        measured.period_start desc
) = 1
