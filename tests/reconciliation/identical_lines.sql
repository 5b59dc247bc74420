{{ config(severity='warn') }}

-- Lines that repeat another line of the same delivery in every column. They are kept: a bill may charge twice alike.
select
    source_name,
    billing_month,
    delivery_id,
    duplicate_row_count,
    duplicate_cost
from {{ ref('delivery_ledger') }}
where state = 'current' and duplicate_row_count > 0
