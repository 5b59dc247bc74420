select * from {{ ref('fct_unit_economics_monthly') }}
