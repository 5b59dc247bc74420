select * from {{ ref('fct_business_value_monthly') }}
