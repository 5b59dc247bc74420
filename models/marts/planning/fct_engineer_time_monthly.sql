-- Hours that engineers spend on cost, what they cost and what they bring: by team, and for the company with the savings
-- of nobody in particular. Prices of hours and savings come into the currency of the scope's cost; without a rate they
-- are not known, and neither is the net benefit.
with worked as (

    select
        'team' as scope_type,
        team as scope_id,
        work_month as period_month,
        currency,
        hours,
        unpriced_hours,
        labor_cost,
        person_count,
        {{ money('0') }} as realized_savings_cost
    from {{ ref('int_worklogs_monthly') }}
    union all
    select
        'team' as scope_type,
        team as scope_id,
        saving_month as period_month,
        currency,
        {{ money('0') }} as hours,
        {{ money('0') }} as unpriced_hours,
        {{ money('0') }} as labor_cost,
        0 as person_count,
        realized_savings_cost
    from {{ ref('int_realized_savings') }}

),

scoped as (

    select *
    from worked
    where scope_id is not null
    union all
    select
        'company' as scope_type,
        'all' as scope_id,
        {{ all_but(['scope_type', 'scope_id']) }}
    from worked

),

costs as (

    select
        scope_type,
        scope_id,
        posted_month,
        currency,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    where scope_type in ('team', 'company')
    group by scope_type, scope_id, posted_month, currency

),

measured as (

    select count(*) as saving_count
    from {{ ref('int_realized_savings') }}

),

converted as (

    select
        scoped.scope_type,
        scoped.scope_id,
        scoped.period_month,
        costs.currency,
        max(costs.effective_cost) as effective_cost,
        sum(scoped.hours) as hours,
        sum(scoped.unpriced_hours) as unpriced_hours,
        sum(scoped.person_count) as person_count,
        sum({{ converted('scoped.labor_cost', "case
            when scoped.currency = costs.currency then " ~ exact_rate('1') ~ " else rates.exchange_rate
        end") }}) as labor_cost,
        sum({{ converted('scoped.realized_savings_cost', "case
            when scoped.currency = costs.currency then " ~ exact_rate('1') ~ " else rates.exchange_rate
        end") }}) as realized_savings_cost,
        -- whether anybody measures savings at all; where nobody does they are not 0 but unknown
        max(measured.saving_count) as saving_count,
        countif(
            scoped.currency is not null and scoped.currency <> costs.currency and rates.exchange_rate is null
        ) as missing_rates
    from scoped
    inner join costs
        on
            scoped.scope_type = costs.scope_type
            and scoped.scope_id = costs.scope_id
            and scoped.period_month = costs.posted_month
    inner join {{ ref('dim_cost_clock') }} as clock on scoped.period_month < clock.open_month
    cross join measured
    left join {{ ref('int_exchange_rates_monthly') }} as rates
        on
            scoped.currency = rates.from_currency
            and costs.currency = rates.to_currency
            and scoped.period_month = rates.rate_month
    group by scoped.scope_type, scoped.scope_id, scoped.period_month, costs.currency

),

known as (

    select
        *,
        case
            when missing_rates > 0 then 'no_rate'
            when unpriced_hours > 0 then 'hours_without_a_price'
            else 'known'
        end as price_state,
        case
            when missing_rates > 0 then 'no_rate'
            when saving_count = 0 then 'nothing_measured'
            else 'known'
        end as savings_state
    from converted

)

select
    scope_type,
    scope_id,
    period_month,
    currency,
    {{ money('effective_cost') }} as effective_cost,
    {{ money('hours') }} as hours,
    {{ money('unpriced_hours') }} as unpriced_hours,
    cast(person_count as bigint) as person_count,
    {{ ratio('hours * 1000000', 'effective_cost') }} as hours_per_million,
    case when price_state = 'known' then {{ money('coalesce(labor_cost, 0)') }} end as labor_cost,
    case when savings_state = 'known' then {{ money('coalesce(realized_savings_cost, 0)') }} end
        as realized_savings_cost,
    case when savings_state = 'known' then {{ ratio('coalesce(realized_savings_cost, 0)', 'hours') }} end
        as savings_per_hour_cost,
    case
        when price_state = 'known' and savings_state = 'known'
            then {{ money('coalesce(realized_savings_cost, 0) - coalesce(labor_cost, 0)') }}
    end as net_benefit_cost,
    price_state,
    savings_state
from known
