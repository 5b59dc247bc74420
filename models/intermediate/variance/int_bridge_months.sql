{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- What a month is compared by, whole months.
select
    source_name,
    billing_month,
    posted_month,
    billing_currency,
    service_provider_name,
    service_name,
    sub_account_id,
    owned_id,
    team,
    business_unit,
    cost_kind,
    price_key,
    pricing_unit,
    sku_meter,
    sum(pricing_quantity) as pricing_quantity,
    sum(usage_cost) as usage_cost,
    sum(commitment_effect_cost) as commitment_effect_cost,
    sum(effective_cost) as effective_cost
from {{ ref('int_bridge_charges') }}
where {{ in_rebuild() }}
group by
    source_name, billing_month, posted_month, billing_currency, service_provider_name, service_name, sub_account_id,
    owned_id, team, business_unit, cost_kind, price_key, pricing_unit, sku_meter
