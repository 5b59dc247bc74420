-- From delivery to allocation no row and no cost may be lost or made up.
select *
from {{ ref('cost_reconciliation') }}
where not is_reconciled
