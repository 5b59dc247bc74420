select * from {{ ref('fct_cost_reporting_monthly') }}
