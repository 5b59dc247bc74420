select * from {{ ref('stg_facts__worklogs') }}
