-- Cost beside what it was for. Nothing is divided by a metric that is missing or partly missing, which is no input, nor
-- by one of zero or below, which is undefined. A change of cost splits into volume and efficiency, which sum to it.
with costs as (

    select
        scope_type,
        scope_id,
        posted_month,
        currency,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id, posted_month, currency

),

beside as (

    select
        metrics.metric_id,
        metrics.metric_name,
        metrics.metric_unit,
        metrics.scope_type as metric_scope_type,
        metrics.scope_id as metric_scope_id,
        scopes.scope_type,
        scopes.scope_id,
        metrics.metric_month,
        coalesce(costs.currency, metrics.metric_currency) as currency,
        costs.effective_cost,
        case
            when metrics.metric_currency is null or metrics.metric_currency = costs.currency
                then {{ exact_rate('1') }}
            else rates.exchange_rate
        end as exchange_rate,
        metrics.metric_value as delivered_value,
        metrics.target_value,
        metrics.metric_state,
        metrics.metric_currency
    from {{ ref('fct_metrics_monthly') }} as metrics
    inner join {{ ref('fct_metric_scopes') }} as scopes
        on
            metrics.metric_id = scopes.metric_id
            and metrics.scope_type = scopes.metric_scope_type
            and metrics.scope_id = scopes.metric_scope_id
    left join costs
        on
            scopes.scope_type = costs.scope_type
            and scopes.scope_id = costs.scope_id
            and metrics.metric_month = costs.posted_month
    left join {{ ref('int_exchange_rates_monthly') }} as rates
        on
            metrics.metric_currency = rates.from_currency
            and costs.currency = rates.to_currency
            and metrics.metric_month = rates.rate_month
    where costs.currency is not null or (scopes.scope_type = metrics.scope_type and scopes.scope_id = metrics.scope_id)

),

judged as (

    select
        *,
        case
            when metric_state <> 'known' then metric_state
            when effective_cost is null then 'no_cost'
            when exchange_rate is null then 'no_rate'
        end as reason
    from beside

),

measured as (

    select
        *,
        {{ converted('delivered_value', 'exchange_rate') }} as metric_value,
        {{ converted('target_value', 'exchange_rate') }} as converted_target_value
    from judged

),

followed as (

    select
        *,
        case when follows then former_value end as former_metric_value,
        case when follows then former_cost end as former_effective_cost
    from (
        select
            *,
            lag(metric_value) over series as former_value,
            lag(effective_cost) over series as former_cost,
            coalesce(
                reason is null
                and lag(reason) over series is null
                and {{ next_month('lag(metric_month) over series') }} = metric_month,
                false
            ) as follows
        from measured
        window series as (
            partition by metric_id, metric_scope_type, metric_scope_id, scope_type, scope_id, currency, metric_currency
            order by metric_month
        )
    ) as measured

),

split as (

    select
        *,
        {{ volume_effect('former_effective_cost', 'former_metric_value', 'metric_value') }} as volume_cost
    from followed

)

select
    metric_id,
    metric_name,
    metric_unit,
    metric_scope_type,
    metric_scope_id,
    scope_type,
    scope_id,
    metric_month,
    currency,
    metric_currency,
    metric_value,
    converted_target_value as target_value,
    {{ money('effective_cost') }} as effective_cost,
    case when reason is null then {{ ratio('effective_cost', 'metric_value') }} end as unit_cost,
    case when reason is null and metric_unit = 'currency' then {{ ratio('effective_cost', 'metric_value') }} end
        as cost_share,
    case when reason is null and metric_unit = 'currency' then {{ money('metric_value - effective_cost') }} end
        as margin_cost,
    former_metric_value,
    {{ money('former_effective_cost') }} as former_effective_cost,
    {{ money('effective_cost - former_effective_cost') }} as change_cost,
    volume_cost,
    {{ money('effective_cost - former_effective_cost - volume_cost') }} as efficiency_cost,
    {{ ratio(
        ratio('effective_cost - former_effective_cost', 'former_effective_cost'),
        ratio('metric_value - former_metric_value', 'former_metric_value')
    ) }} as elasticity,
    case
        when reason is null then 'known'
        when reason in ('metric_zero', 'metric_negative') then 'undefined'
        else 'no_input'
    end as status,
    reason
from split
