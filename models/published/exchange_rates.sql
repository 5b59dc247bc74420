select * from {{ ref('stg_facts__exchange_rates') }}
