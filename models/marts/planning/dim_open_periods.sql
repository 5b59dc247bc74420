-- The fiscal period, quarter and year that are open on the day after the newest one that is known.
with clock as (

    select max(vintage_date) as vintage_date from {{ ref('fct_forecast_methods') }}

),

today as (

    select
        clock.vintage_date,
        calendar.*
    from clock
    inner join {{ ref('dim_fiscal_calendar') }} as calendar
        on calendar.calendar_date = {{ add_days('clock.vintage_date', 1) }}

)

{% for period_type in ['fiscal_period', 'fiscal_quarter', 'fiscal_year'] %}
    select
        '{{ period_type }}' as period_type,
        {{ period_type }}_start_date as period_start_date,
        {{ period_type }}_end_date as period_end_date,
        vintage_date
    from today
    {% if not loop.last %}union all{% endif %}
{% endfor %}
