select * from {{ ref('fct_month_end_landings') }}
