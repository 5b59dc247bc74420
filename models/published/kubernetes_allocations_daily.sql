select * from {{ ref('fct_kubernetes_allocations_daily') }}
