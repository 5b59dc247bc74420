select * from {{ ref('fct_commitments_daily') }}
