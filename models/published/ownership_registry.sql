select * from {{ ref('stg_facts__ownership_registry') }}
