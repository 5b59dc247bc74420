select * from {{ ref('fct_cost_bridges') }}
