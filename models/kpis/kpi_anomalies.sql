-- Anomalies by the month in which they began: what they cost, what was avoided, how long people took.
with seen as (

    select
        *,
        -- what it would have gone on to cost: the mean day, times the days that it did not last; hours are over
        case
            when direction = 'up' and resolved_at is not null and anomaly_grain = 'day'
                then round(impact_cost * greatest(counterfactual_days - day_count, 0) / day_count, 9)
            else 0
        end as avoided_cost
    from {{ ref('anomaly_sightings') }}
    -- what only moved between its scopes costs the company nothing
    where kpi_scope_type <> 'company' or not is_moved

),

money as (

    select
        kpi_scope_type as scope_type,
        kpi_scope_id as scope_id,
        period_start,
        currency,
        sum(impact_cost) as impact_cost,
        sum(greatest(impact_cost, 0)) as excess_cost,
        sum(avoided_cost) as avoided_cost,
        count(resolved_at) as resolved_count
    from seen
    group by kpi_scope_type, kpi_scope_id, period_start, currency

),

costs as (

    select
        scope_type,
        scope_id,
        {{ month_of('charge_date') }} as period_start,
        currency,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    where scope_type in ('company', 'business_unit', 'cost_center', 'team', 'product', 'provider', 'service')
    group by scope_type, scope_id, {{ month_of('charge_date') }}, currency

),

-- a month without an anomaly has none, which is not unknown
spent as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.period_start,
        costs.currency,
        costs.effective_cost,
        coalesce(money.impact_cost, 0) as impact_cost,
        coalesce(money.excess_cost, 0) as excess_cost,
        case when money.resolved_count > 0 then money.avoided_cost end as avoided_cost
    from costs
    left join money
        on
            costs.scope_type = money.scope_type
            and costs.scope_id = money.scope_id
            and costs.period_start = money.period_start
            and costs.currency = money.currency

)

{{ kpi_rows('spent', [
    ['unpredicted_variance', 'effective_cost', 'impact_cost', '1'],
    ['anomaly_cost_share', 'effective_cost', 'excess_cost', 'effective_cost'],
]) }}
union all
{{ kpi_rows('spent', [
    ['anomaly_cost_avoidance', 'counterfactual_days', 'avoided_cost', '1'],
], 'avoided_cost is not null') }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_detect', 'since_charge', 'hours', 'anomalies'],
    ['time_to_detect', 'since_charge_p50', 'median_hours', '1'],
    ['time_to_detect', 'since_charge_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_detect' and variant = 'since_charge'") }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_detect', 'since_arrival', 'hours', 'anomalies'],
    ['time_to_detect', 'since_arrival_p50', 'median_hours', '1'],
    ['time_to_detect', 'since_arrival_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_detect' and variant = 'since_arrival'") }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_detect', 'since_publication', 'hours', 'anomalies'],
    ['time_to_detect', 'since_publication_p50', 'median_hours', '1'],
    ['time_to_detect', 'since_publication_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_detect' and variant = 'since_publication'") }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_notify', 'since_detection', 'hours', 'anomalies'],
    ['time_to_notify', 'since_detection_p50', 'median_hours', '1'],
    ['time_to_notify', 'since_detection_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_notify' and variant = 'since_detection'") }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_acknowledge', 'since_detection', 'hours', 'anomalies'],
    ['time_to_acknowledge', 'since_detection_p50', 'median_hours', '1'],
    ['time_to_acknowledge', 'since_detection_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_acknowledge' and variant = 'since_detection'") }}
union all
{{ kpi_rows(ref('anomaly_response_times'), [
    ['time_to_resolve', 'since_detection', 'hours', 'anomalies'],
    ['time_to_resolve', 'since_detection_p50', 'median_hours', '1'],
    ['time_to_resolve', 'since_detection_p90', 'p90_hours', '1'],
], "kpi_id = 'time_to_resolve' and variant = 'since_detection'") }}
