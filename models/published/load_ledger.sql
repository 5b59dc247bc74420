select * from {{ ref('delivery_ledger') }}
