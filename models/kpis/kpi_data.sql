-- How far behind the run the last charge lies, and how much of the bill ties from delivery to allocation.
with freshness as (

    select
        source_name,
        max(billing_month) as billing_month,
        cast({{ add_days('max(charge_date)', 1) }} as timestamp) as charged_until
    from {{ ref('fct_cost_daily') }}
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
    'hours_since_last_charge' as variant,
    'source' as scope_type,
    source_name as scope_id,
    'month' as period_grain,
    billing_month as period_start,
    cast(null as string) as currency,
    {{ money(hours_between('charged_until', as_of())) }} as numerator,
    {{ money('1') }} as denominator
from freshness
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
