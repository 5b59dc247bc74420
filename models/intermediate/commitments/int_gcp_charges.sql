-- Delivered and derived charges together, with what FOCUS calls them.
with charges as (

    select * from {{ ref('int_gcp_delivered_charges') }}
    union all
    select * from {{ ref('int_gcp_derived_charges') }}

)

select
    *,
    coalesce(commitment_discount_status = 'Unused', false) as is_unused_commitment,
    commitment_key is null or starts_with(commitment_key, 'spend/') as is_spend_commitment,
    strpos(lower(coalesce(sku_description, '')), 'spot') > 0
    or strpos(lower(coalesce(sku_description, '')), 'preemptible') > 0
        as is_spot,
    case
        when row_origin = 'promotion_credit' then 'Credit'
        when commitment_discount_status = 'Unused' then 'Usage'
        when is_commitment_fee then 'Purchase'
        when cost_type = 'tax' then 'Tax'
        when cost_type = 'rounding_error' then 'Adjustment'
        when adjustment_type in ('GOODWILL', 'SALES_BASED_GOODWILL', 'SLA_VIOLATION') then 'Credit'
        when adjustment_type in ('BALANCE_TRANSFER', 'ACCOUNT_CLOSURE', 'GENERAL_ADJUSTMENT') then 'Adjustment'
        when cost_type = 'adjustment' and adjustment_type is null then 'Adjustment'
        when starts_with(lower(coalesce(sku_description, '')), 'commitment') then 'Purchase'
        else 'Usage'
    end as charge_category
from charges
