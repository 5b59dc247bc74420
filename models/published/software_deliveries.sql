select * from {{ ref('stg_facts__software_deliveries') }}
