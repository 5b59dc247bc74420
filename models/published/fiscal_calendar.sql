select * from {{ ref('stg_facts__fiscal_calendar') }}
