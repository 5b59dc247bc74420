{{ config(materialized='table') }}

-- An open month and those that it is held against, as far as the open one reaches: the same days of each. What belongs
-- to other months is taken whole, since it has no day in this one. How far that is changes with every day of the open
-- month, so that the former months are cut anew; no other month is read.
with compared as (

    select
        open_days.*,
        {{ add_months('open_days.open_month', '-months_back') }} as posted_month
    from {{ ref('int_bridge_open_days') }} as open_days, unnest([0, 1, 12]) as months_back

)

select
    compared.open_month,
    charges.source_name,
    charges.billing_month,
    charges.posted_month,
    charges.billing_currency,
    charges.service_provider_name,
    charges.service_name,
    charges.sub_account_id,
    charges.owned_id,
    charges.team,
    charges.business_unit,
    charges.cost_kind,
    charges.price_key,
    charges.pricing_unit,
    charges.sku_meter,
    sum(charges.pricing_quantity) as pricing_quantity,
    sum(charges.usage_cost) as usage_cost,
    sum(charges.commitment_effect_cost) as commitment_effect_cost,
    sum(charges.effective_cost) as effective_cost
from {{ ref('int_bridge_charges') }} as charges
inner join compared
    on
        {{ same('charges.service_provider_name', 'compared.service_provider_name') }}
        and charges.posted_month = compared.posted_month
where
    charges.posted_month in (select months.posted_month from compared as months)
    and (
        {{ month_of('charges.charge_date') }} <> charges.posted_month
        or extract(day from charges.charge_date) <= compared.last_day_number
    )
group by
    compared.open_month, charges.source_name, charges.billing_month, charges.posted_month, charges.billing_currency,
    charges.service_provider_name, charges.service_name, charges.sub_account_id, charges.owned_id, charges.team,
    charges.business_unit, charges.cost_kind, charges.price_key, charges.pricing_unit, charges.sku_meter
