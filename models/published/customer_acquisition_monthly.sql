select * from {{ ref('fct_acquisition_monthly') }}
