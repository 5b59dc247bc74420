-- KPIs whose parts no bill tells: a company delivers them as business metrics under the names that
-- kpi_metric_ratios has, for whatever scope, and the arithmetic is the same for all.
with costs as (

    select
        scope_type,
        scope_id,
        period_start,
        currency,
        billed_cost,
        effective_cost,
        usage_list_cost - usage_list_known_cost - commitment_unused_cost as list_savings_cost,
        usage_list_cost
    from {{ ref('kpi_inputs') }}

),

rules as (

    select
        kpi_id,
        variant,
        scope_type as limited_to,
        numerator_metric,
        cast(numerator_sign as bigint) as numerator_sign,
        minus_metric,
        numerator_cost,
        cast(cost_sign as bigint) as cost_sign,
        denominator_metric,
        denominator_cost,
        numerator_cost is not null or denominator_cost is not null as needs_cost
    from {{ ref('kpi_metric_ratios') }}

),

metrics as (

    select
        cost.metric_id,
        cost.scope_type,
        cost.scope_id,
        cost.metric_month,
        {{ planning_currency('currency') }} as currency,
        sum({{ in_planning_currency('metric_value') }}) as metric_value
    {{ beside_monthly_rates(ref('fct_delivered_metrics_monthly'), 'metric_month', 'currency') }}
    group by cost.metric_id, cost.scope_type, cost.scope_id, cost.metric_month, {{ planning_currency('currency') }}

),

-- a metric of money meets the cost in its own currency; any other one meets the cost in every currency
beside as (

    select
        rules.*,
        metrics.scope_type,
        metrics.scope_id,
        metrics.metric_month as period_start,
        coalesce(costs.currency, metrics.currency, divisors.currency) as currency,
        metrics.metric_value,
        subtracted.metric_value as minus_value,
        divisors.metric_value as divisor_value,
        case rules.numerator_cost
            when 'effective_cost' then costs.effective_cost
            when 'list_savings_cost' then costs.list_savings_cost
        end as numerator_cost_value,
        case rules.denominator_cost
            when 'billed_cost' then costs.billed_cost
            when 'effective_cost' then costs.effective_cost
            when 'usage_list_cost' then costs.usage_list_cost
        end as denominator_cost_value
    from rules
    inner join metrics
        on
            rules.numerator_metric = metrics.metric_id
            and (
                rules.limited_to is null
                or rules.limited_to = metrics.scope_type
                or (starts_with(rules.limited_to, '-') and rules.limited_to <> '-' || metrics.scope_type)
            )
    left join metrics as subtracted
        on
            rules.minus_metric = subtracted.metric_id
            and metrics.scope_type = subtracted.scope_type
            and metrics.scope_id = subtracted.scope_id
            and metrics.metric_month = subtracted.metric_month
            and {{ same('metrics.currency', 'subtracted.currency') }}
    left join metrics as divisors
        on
            rules.denominator_metric = divisors.metric_id
            and metrics.scope_type = divisors.scope_type
            and metrics.scope_id = divisors.scope_id
            and metrics.metric_month = divisors.metric_month
            and coalesce(divisors.currency, metrics.currency, '') = coalesce(metrics.currency, divisors.currency, '')
    left join costs
        on
            rules.needs_cost
            and metrics.scope_type = costs.scope_type
            and metrics.scope_id = costs.scope_id
            and metrics.metric_month = costs.period_start
            and coalesce(metrics.currency, costs.currency) = costs.currency

)

select
    kpi_id,
    variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    {{ money('metric_value * numerator_sign
        - case when minus_metric is null then 0 else minus_value end
        + case when numerator_cost is null then 0 else numerator_cost_value * cost_sign end') }} as numerator,
    {{ money('case
        when denominator_metric is not null then divisor_value
        when denominator_cost is not null then denominator_cost_value
        else 1
    end') }} as denominator
from beside
