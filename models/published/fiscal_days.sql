select * from {{ ref('dim_fiscal_calendar') }}
