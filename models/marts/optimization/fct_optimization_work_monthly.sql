select * from {{ ref('int_optimization_work') }}
