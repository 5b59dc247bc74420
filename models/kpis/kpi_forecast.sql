-- How far forecasts were off a month ahead, and how they move. A month's last published forecast from before it began
-- counts; where there was none, the backtest of the method that speaks for the scope.
with made as (

    select *
    from {{ ref('forecast_outcomes') }}
    where is_champion and lead_months = 1
    qualify row_number() over (
        partition by scope_type, scope_id, currency, charge_month
        order by forecast_basis desc, vintage_date desc
    ) = 1

),

errors as (

    select
        scope_type,
        scope_id,
        charge_month as period_start,
        currency,
        expected_cost,
        actual_cost,
        expected_cost - actual_cost as excess_cost,
        abs(expected_cost - actual_cost) as error_cost
    from made

),

-- what the newest vintage expects of the open month and the next one, beside the vintage before it
moved as (

    select
        scope_type,
        scope_id,
        period_start,
        currency,
        expected_cost - lead(expected_cost) over (
            partition by scope_type, scope_id, currency, period_start
            order by vintage_date desc, vintage_id desc
        ) as moved_cost,
        lead(expected_cost) over (
            partition by scope_type, scope_id, currency, period_start
            order by vintage_date desc, vintage_id desc
        ) as former_cost,
        row_number() over (
            partition by scope_type, scope_id, currency, period_start
            order by vintage_date desc, vintage_id desc
        ) as age
    from {{ ref('forecast_history') }}
    where period_grain = 'month' and lead_months <= 1

),

drift as (

    select * from moved
    where age = 1 and former_cost is not null

)

{% set scopes = "scope_type in ('company', 'business_unit', 'cost_center', 'team', 'product', 'provider', 'service')" %}
{{ kpi_rows('errors', [
    ['forecast_accuracy', 'bias', 'excess_cost', 'actual_cost'],
    ['forecast_accuracy', 'signed', 'excess_cost', 'expected_cost'],
    ['forecast_accuracy', 'smape', 'error_cost', '(expected_cost + actual_cost) / 2'],
    ['forecast_accuracy', 'wape', 'error_cost', 'actual_cost'],
], scopes) }}
union all
{{ kpi_rows('drift', [['forecast_drift', 'previous', 'moved_cost', 'former_cost']], scopes) }}
