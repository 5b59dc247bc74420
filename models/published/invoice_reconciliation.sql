select * from {{ ref('invoice_ties') }}
