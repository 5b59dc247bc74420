select * from {{ ref('delivery_restatements') }}
