-- The lines that derived charges come from: fees of commitments, usage that they pay for, and promotions.
select *
from {{ ref('int_gcp_lines') }}
where commitment_key is not null or is_multiprice_fee or promotion_cost <> 0
