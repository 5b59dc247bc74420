-- Each budget in the currency of its scope's cost. A month's rate is the average of its days; a span without any rate
-- takes the newest one known, if it lies ahead of all rates. Without a rate nothing is converted, and the row says so.
with scope_currencies as (

    select
        scope_type,
        scope_id,
        min(currency) as only_currency,
        count(distinct currency) as currency_count
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id

),

spent as (

    select distinct
        scope_type,
        scope_id,
        currency
    from {{ ref('fct_scope_costs_daily') }}

),

wanted as (

    select
        budgets.*,
        case
            when spent.currency is not null or scopes.scope_id is null then budgets.delivered_currency
            when scopes.currency_count = 1 then scopes.only_currency
        end as wanted_currency
    from {{ ref('int_budgets') }} as budgets
    left join scope_currencies as scopes
        on budgets.scope_type = scopes.scope_type and budgets.scope_id = scopes.scope_id
    left join spent
        on
            budgets.scope_type = spent.scope_type
            and budgets.scope_id = spent.scope_id
            and budgets.delivered_currency = spent.currency

),

rates as (

    select
        from_currency,
        to_currency,
        rate_date,
        exchange_rate,
        max(rate_date) over (partition by from_currency, to_currency) as newest_date
    from {{ ref('int_exchange_rates') }}

),

rated as (

    select
        wanted.*,
        {{ exact_rate('sum(case when rates.rate_date >= wanted.budget_start_date then rates.exchange_rate end)
            / nullif(countif(rates.rate_date >= wanted.budget_start_date), 0)') }} as average_rate,
        max(case
            when rates.rate_date = rates.newest_date and rates.rate_date < wanted.budget_start_date
                then rates.exchange_rate
        end) as newest_rate
    from wanted
    left join rates
        on
            wanted.delivered_currency = rates.from_currency
            and wanted.wanted_currency = rates.to_currency
            and wanted.budget_end_date > rates.rate_date
    group by all

)

select
    budget_version,
    scope_type,
    scope_id,
    budget_start_date,
    budget_end_date,
    cost_metric,
    phasing,
    delivered_currency,
    delivered_budget_cost,
    case
        when coalesce(average_rate, newest_rate) is null then delivered_currency
        else coalesce(wanted_currency, delivered_currency)
    end as currency,
    case
        when wanted_currency = delivered_currency or coalesce(average_rate, newest_rate) is null
            then delivered_budget_cost
        else {{ converted('delivered_budget_cost', 'coalesce(average_rate, newest_rate)') }}
    end as budget_cost,
    case
        when wanted_currency = delivered_currency then 'same'
        when wanted_currency is null then 'several_currencies'
        when average_rate is not null then 'average_rate'
        when newest_rate is not null then 'newest_rate'
        else 'no_rate'
    end as currency_state
from rated
