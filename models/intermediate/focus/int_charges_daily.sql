{{ config(
    materialized='incremental',
    partition_by=by_month('billing_month'),
    cluster_by=['source_name', 'service_provider_name']
) }}

-- The first thing stored: every raw line is read once, on its way into this table.
with daily as (

    select
        source_name,
        service_provider_name,
        invoice_issuer_name,
        billing_account_id,
        sub_account_id,
        invoice_id,
        billing_currency,
        charge_date,
        billing_month,
        charge_category,
        charge_class,
        charge_frequency,
        line_item_type,
        row_origin,
        service_name,
        service_category,
        sku_id,
        sku_price_id,
        region_id,
        availability_zone,
        resource_id,
        pricing_category,
        pricing_unit,
        consumed_unit,
        commitment_discount_id,
        commitment_discount_type,
        commitment_discount_status,
        {{ build_hash('tags') }} as tag_hash,

        -- what depends on a key is carried, not grouped by
        {{ carried('delivery_id') }} as delivery_id,
        {{ carried('billing_account_name') }} as billing_account_name,
        {{ carried('sub_account_name') }} as sub_account_name,
        {{ carried('service_subcategory') }} as service_subcategory,
        {{ carried('region_name') }} as region_name,
        {{ carried('sku_meter') }} as sku_meter,
        {{ carried('commitment_discount_category') }} as commitment_discount_category,
        {{ carried('commitment_discount_unit') }} as commitment_discount_unit,

        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(gross_effective_cost) as gross_effective_cost,
        sum(contracted_cost) as contracted_cost,
        sum(list_cost) as list_cost,
        sum(pricing_quantity) as pricing_quantity,
        sum(consumed_quantity) as consumed_quantity,
        sum(commitment_discount_quantity) as commitment_discount_quantity,
        count(*) as line_count
    from {{ ref('int_focus_lines') }}
    where {{ in_rebuild() }}
    group by
        source_name, service_provider_name, invoice_issuer_name, billing_account_id, sub_account_id, invoice_id,
        billing_currency, charge_date, billing_month, charge_category, charge_class, charge_frequency, line_item_type,
        row_origin, service_name, service_category, sku_id, sku_price_id, region_id, availability_zone, resource_id,
        pricing_category, pricing_unit, consumed_unit, commitment_discount_id, commitment_discount_type,
        commitment_discount_status, tag_hash

)

select
    {{ all_but(['tag_hash'], 'daily') }},
    -- the books show an open month's changes in that month
    daily.billing_month as posted_month,
    tag_hashes.tag_set_id
from daily
left join {{ ref('int_tag_hashes') }} as tag_hashes on daily.tag_hash = tag_hashes.tag_hash
