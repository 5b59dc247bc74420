-- How far behind the run the last charge lies, and how much of the bill ties from delivery to allocation.
with freshness as (

    select
        'source' as scope_type,
        source_name as scope_id,
        max(billing_month) as period_start,
        cast(null as string) as currency,
        cast({{ add_days('max(charge_date)', 1) }} as timestamp) as charged_until
    from {{ ref('fct_cost_daily') }}
    group by source_name

),

reconciliation as (

    select
        source_name,
        billing_month as period_start,
        billing_currency as currency,
        case when is_reconciled then normalized_rows else 0 end as reconciled_rows,
        normalized_rows
    from {{ ref('cost_reconciliation') }}

),

reconciled as (

    select
        'company' as scope_type,
        'all' as scope_id,
        period_start,
        currency,
        sum(reconciled_rows) as reconciled_rows,
        sum(normalized_rows) as normalized_rows
    from reconciliation
    group by period_start, currency
    union all
    select
        'source' as scope_type,
        source_name as scope_id,
        period_start,
        currency,
        sum(reconciled_rows) as reconciled_rows,
        sum(normalized_rows) as normalized_rows
    from reconciliation
    group by source_name, period_start, currency

)

{{ kpi_rows('freshness', [['freshness', 'hours_since_last_charge', hours_between('charged_until', as_of()), '1']]) }}
union all
{{ kpi_rows('reconciled', [['reconciled_share', 'charges', 'reconciled_rows', 'normalized_rows']]) }}
