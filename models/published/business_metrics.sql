select * from {{ ref('stg_facts__business_metrics') }}
