{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- The lines that derived charges come from: fees of commitments, usage that they pay for, and promotions. Kept as a
-- table, since several models ask for them, and each would search all lines.
select *
from {{ ref('int_gcp_lines') }}
where {{ in_rebuild() }} and (commitment_key is not null or is_multiprice_fee or promotion_cost <> 0)
