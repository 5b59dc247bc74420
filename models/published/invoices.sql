select * from {{ ref('stg_facts__invoices') }}
