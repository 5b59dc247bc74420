select * from {{ ref('cost_reconciliation') }}
