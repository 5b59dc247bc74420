{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- What a commitment cost on a day, how much of it was used, and what it saved against the contracted price.
-- List and contracted cost of unused commitment count as nothing here: nothing was used that could have cost it.
with daily as (

    select
        source_name,
        service_provider_name,
        billing_account_id,
        commitment_discount_id,
        max(commitment_discount_category) as commitment_discount_category,
        commitment_discount_type,
        charge_date,
        billing_month,
        posted_month,
        billing_currency,
        sum(case when charge_category = 'Purchase' then billed_cost else 0 end) as purchase_cost,
        sum(case when commitment_discount_status = 'Used' then effective_cost else 0 end) as used_cost,
        sum(case when commitment_discount_status = 'Unused' then effective_cost else 0 end) as unused_cost,
        sum(case when commitment_discount_status = 'Used' then list_cost else 0 end) as covered_list_cost,
        sum(case when commitment_discount_status = 'Used' then contracted_cost else 0 end) as covered_contracted_cost,
        sum(case when commitment_discount_status = 'Used' then commitment_discount_quantity end) as used_quantity,
        sum(case when commitment_discount_status = 'Unused' then commitment_discount_quantity end) as unused_quantity,
        max(commitment_discount_unit) as commitment_discount_unit
    from {{ ref('int_charges_daily') }}
    where {{ in_rebuild() }} and commitment_discount_id is not null
    group by
        source_name, service_provider_name, billing_account_id, commitment_discount_id, commitment_discount_type,
        charge_date, billing_month, posted_month, billing_currency

)

select
    *,
    used_cost + unused_cost as commitment_cost,
    {{ ratio('used_cost', 'used_cost + unused_cost') }} as utilization_rate,
    covered_contracted_cost - used_cost - unused_cost as savings_cost
from daily
