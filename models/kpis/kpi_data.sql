-- How far behind the run the last charge lies (a day that is not over yet is none), and how much of the bill ties from
-- delivery to allocation.
with sources as (

    select
        source_name as scope_id,
        max(billing_month) as period_start,
        cast({{ add_days('max(charge_date)', 1) }} as timestamp) as charged_until
    from {{ ref('fct_cost_daily') }}
    group by source_name

),

freshness as (

    select
        'source' as scope_type,
        scope_id,
        period_start,
        cast(null as string) as currency,
        greatest({{ hours_between('charged_until', as_of()) }}, 0) as hours
    from sources
    union all
    -- the company is as late as its latest source
    select
        'company' as scope_type,
        'all' as scope_id,
        max(period_start) as period_start,
        cast(null as string) as currency,
        greatest(max({{ hours_between('charged_until', as_of()) }}), 0) as hours
    from sources

),

costs as (

    select
        source_name,
        billing_month as period_start,
        billing_currency,
        case when is_reconciled then normalized_rows else 0 end as reconciled_rows,
        normalized_rows,
        normalized_cost
    from {{ ref('cost_reconciliation') }}

),

restated as (

    -- a month that is not over yet grows from delivery to delivery; what is restated is what was there when it was over
    select
        restatements.source_name,
        restatements.billing_month,
        restatements.billing_currency,
        sum(abs(restatements.restated_cost)) as restated_cost
    from {{ ref('delivery_restatements') }} as restatements
    inner join {{ ref('delivery_ledger') }} as former
        on
            restatements.source_name = former.source_name
            and restatements.billing_month = former.billing_month
            and restatements.former_delivery_id = former.delivery_id
            and coalesce(former.provider_stamp, former.loaded_at)
            >= cast({{ next_month('former.billing_month') }} as timestamp)
    group by restatements.source_name, restatements.billing_month, restatements.billing_currency

),

beside as (

    select
        costs.*,
        coalesce(restated.restated_cost, 0) as restated_cost
    from costs
    left join restated
        on
            costs.source_name = restated.source_name
            and costs.period_start = restated.billing_month
            and {{ same('costs.billing_currency', 'restated.billing_currency') }}

),

scoped as (

    select
        'source' as scope_type,
        source_name as scope_id,
        {{ all_but(['source_name']) }}
    from beside
    union all
    select
        'company' as scope_type,
        'all' as scope_id,
        {{ all_but(['source_name']) }}
    from beside

),

counted as (

    select
        scope_type,
        scope_id,
        period_start,
        cast(null as string) as currency,
        sum(reconciled_rows) as reconciled_rows,
        sum(normalized_rows) as normalized_rows
    from scoped
    group by scope_type, scope_id, period_start

),

summed as (

    select
        cost.scope_type,
        cost.scope_id,
        cost.period_start,
        {{ planning_currency() }} as currency,
        sum({{ in_planning_currency('restated_cost') }}) as restated_cost,
        sum({{ in_planning_currency('normalized_cost') }}) as normalized_cost
    {{ beside_monthly_rates('scoped', 'period_start') }}
    group by cost.scope_type, cost.scope_id, cost.period_start, {{ planning_currency() }}

)

{{ kpi_rows('freshness', [['freshness', 'hours_since_last_charge', 'hours', '1']]) }}
union all
{{ kpi_rows('counted', [['reconciled_share', 'charges', 'reconciled_rows', 'normalized_rows']]) }}
union all
{{ kpi_rows('summed', [['restatement', 'billed_cost', 'restated_cost', 'normalized_cost']]) }}
