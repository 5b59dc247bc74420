-- The fiscal periods as delivered, each with the whole of its quarter and year.
select
    fiscal_year,
    fiscal_quarter,
    fiscal_period,
    coalesce(fiscal_period_name, 'FY' || cast(fiscal_year as string) || ' P' || cast(fiscal_period as string))
        as fiscal_period_name,
    start_date,
    end_date,
    min(start_date) over (partition by fiscal_year, fiscal_quarter) as quarter_start_date,
    max(end_date) over (partition by fiscal_year, fiscal_quarter) as quarter_end_date,
    min(start_date) over (partition by fiscal_year) as year_start_date,
    max(end_date) over (partition by fiscal_year) as year_end_date
from {{ ref('stg_facts__fiscal_calendar') }}
