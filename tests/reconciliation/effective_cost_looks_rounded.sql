{{ config(severity='warn') }}

-- Effective costs that are whole numbers beside billed costs that are not: the publisher rounded them. Amortized
-- figures of that source and month say little; billed figures are not affected.
select
    source_name,
    billing_month,
    service_provider_name,
    count(*) as charge_rows,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost
from {{ ref('int_charges_daily') }} as charges
where charge_category = 'Usage' and billed_cost <> 0 and {{ in_rebuild() }}
group by source_name, billing_month, service_provider_name
having
    countif(
        charges.effective_cost = round(charges.effective_cost, 0)
        and charges.billed_cost <> charges.effective_cost
    ) * 2 > count(*)
    and count(*) >= 20
