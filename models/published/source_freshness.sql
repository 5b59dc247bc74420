select * from {{ ref('bill_freshness') }}
