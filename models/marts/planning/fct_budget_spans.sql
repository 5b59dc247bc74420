-- What is planned of a budget for each month, and each fiscal period, quarter and year, and what of it until the last
-- whole day.
with days as (

    select
        {{ budget_key('budgets') }},
        budgets.calendar_date,
        budgets.budget_cost,
        calendar.calendar_month,
        calendar.fiscal_period_start_date,
        calendar.fiscal_period_end_date,
        calendar.fiscal_quarter_start_date,
        calendar.fiscal_quarter_end_date,
        calendar.fiscal_year_start_date,
        calendar.fiscal_year_end_date,
        clock.complete_through_date
    from {{ ref('fct_budgets_daily') }} as budgets
    inner join {{ ref('dim_fiscal_calendar') }} as calendar on budgets.calendar_date = calendar.calendar_date
    inner join {{ ref('dim_scopes') }} as scopes
        on budgets.scope_type = scopes.scope_type and budgets.scope_id = scopes.scope_id
    cross join {{ ref('dim_cost_clock') }} as clock
    where budgets.currency_state not in ('no_rate', 'several_currencies')

)

{{ budget_spans('days', 'month', 'calendar_month', next_month('calendar_month')) }}
union all
{{ budget_spans('days', 'fiscal_period', 'fiscal_period_start_date', 'fiscal_period_end_date') }}
union all
{{ budget_spans('days', 'fiscal_quarter', 'fiscal_quarter_start_date', 'fiscal_quarter_end_date') }}
union all
{{ budget_spans('days', 'fiscal_year', 'fiscal_year_start_date', 'fiscal_year_end_date') }}
