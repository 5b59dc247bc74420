-- How fresh the numbers are, and how much of the bill ties from delivery to allocation.
with freshness as (

    select
        source_name,
        max(loaded_at) as last_loaded_at
    from {{ ref('delivery_ledger') }}
    where state = 'current'
    group by source_name

),

last_months as (

    select
        source_name,
        max(billing_month) as billing_month
    from {{ ref('delivery_ledger') }}
    where state = 'current'
    group by source_name

),

reconciled as (

    select
        source_name,
        billing_month,
        billing_currency,
        case when is_reconciled then normalized_rows else 0 end as reconciled_rows,
        normalized_rows
    from {{ ref('cost_reconciliation') }}

)

select
    'freshness' as kpi_id,
    'hours_since_load' as variant,
    'source' as scope_type,
    freshness.source_name as scope_id,
    'month' as period_grain,
    last_months.billing_month as period_start,
    cast(null as string) as currency,
    {{ money(hours_between('freshness.last_loaded_at', as_of())) }} as numerator,
    {{ money('1') }} as denominator
from freshness
inner join last_months on freshness.source_name = last_months.source_name
union all
select
    'reconciled_share' as kpi_id,
    'charges' as variant,
    'company' as scope_type,
    'all' as scope_id,
    'month' as period_grain,
    billing_month as period_start,
    billing_currency as currency,
    {{ money('sum(reconciled_rows)') }} as numerator,
    {{ money('sum(normalized_rows)') }} as denominator
from reconciled
group by billing_month, billing_currency
union all
select
    'reconciled_share' as kpi_id,
    'charges' as variant,
    'source' as scope_type,
    source_name as scope_id,
    'month' as period_grain,
    billing_month as period_start,
    billing_currency as currency,
    {{ money('sum(reconciled_rows)') }} as numerator,
    {{ money('sum(normalized_rows)') }} as denominator
from reconciled
group by source_name, billing_month, billing_currency
