{{ config(severity='warn') }}

-- Effective costs that are whole numbers beside billed costs that are not: the publisher rounded them. Amortized
-- figures of that source and month say little; billed figures are not affected.
select
    source_name,
    billing_month,
    service_provider_name,
    count(*) as charge_rows,
    sum(billed_cost) as billed_total,
    sum(effective_cost) as effective_total
from {{ ref('int_charges_daily') }}
where charge_category = 'Usage' and billed_cost <> 0 and {{ in_rebuild() }}
group by source_name, billing_month, service_provider_name
having
    countif(
        effective_cost = round(effective_cost, 0)
        and billed_cost <> effective_cost
    ) * 2 > count(*)
    and count(*) >= 20
