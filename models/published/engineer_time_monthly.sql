select * from {{ ref('fct_engineer_time_monthly') }}
