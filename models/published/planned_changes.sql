select * from {{ ref('stg_facts__planned_changes') }}
