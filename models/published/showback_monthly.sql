select * from {{ ref('fct_showback_monthly') }}
