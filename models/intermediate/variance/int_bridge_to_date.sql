{{ config(materialized='table') }}

-- An open month and those that it is held against, as far as the open one reaches: the same days of each. What belongs
-- to other months is taken whole, since it has no day in this one.
select
    open_days.open_month,
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
inner join {{ ref('int_bridge_open_days') }} as open_days
    on
        {{ same('charges.service_provider_name', 'open_days.service_provider_name') }}
        and charges.posted_month in (
            open_days.open_month, {{ add_months('open_days.open_month', -1) }},
            {{ add_months('open_days.open_month', -12) }}
        )
where
    {{ month_of('charges.charge_date') }} <> charges.posted_month
    or extract(day from charges.charge_date) <= open_days.last_day_number
group by
    open_days.open_month, charges.source_name, charges.billing_month, charges.posted_month, charges.billing_currency,
    charges.service_provider_name, charges.service_name, charges.sub_account_id, charges.owned_id, charges.team,
    charges.business_unit, charges.cost_kind, charges.price_key, charges.pricing_unit, charges.sku_meter
