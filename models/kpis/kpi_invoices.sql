-- Whether the charges are what the invoices ask for, and whether all that is invoiced has charges.
with invoices as (

    select
        'company' as scope_type,
        'all' as scope_id,
        cost.billing_month as period_start,
        {{ planning_currency() }} as currency,
        cost.is_blocking,
        coalesce(cost.billed_cost, 0) <> 0 as is_visible,
        {{ in_planning_currency('invoiced_cost') }} as invoiced_cost,
        {{ in_planning_currency('billed_cost') }} as billed_cost
    {{ beside_monthly_rates(ref('invoice_ties'), 'billing_month') }}

),

invoiced as (

    select
        scope_type,
        scope_id,
        period_start,
        currency,
        sum(invoiced_cost) as invoiced_cost,
        sum(case when is_blocking then 0 else invoiced_cost end) as tied_cost,
        sum(case when is_visible then invoiced_cost else 0 end) as visible_cost,
        sum(coalesce(billed_cost, 0)) as billed_cost
    from invoices
    group by scope_type, scope_id, period_start, currency

),

invoice_counts as (

    select
        'company' as scope_type,
        'all' as scope_id,
        billing_month as period_start,
        cast(null as string) as currency,
        count(*) as invoice_count,
        countif(not is_blocking) as tied_count
    from {{ ref('invoice_ties') }}
    group by billing_month

)

{{ kpi_rows('invoiced', [
    ['unified_visibility', 'invoiced_cost', 'visible_cost', 'invoiced_cost'],
    ['invoiced_cost_loaded', 'billed_cost', 'billed_cost', 'invoiced_cost'],
    ['invoice_tie_out', 'invoiced_cost', 'tied_cost', 'invoiced_cost'],
]) }}
union all
{{ kpi_rows('invoice_counts', [['invoice_tie_out', 'invoices', 'tied_count', 'invoice_count']]) }}
