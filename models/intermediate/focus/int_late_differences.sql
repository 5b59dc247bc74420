-- What deliveries changed after a month was closed, at the grain of the daily table: the lines of each delivery with
-- the sign that the books give it. What did not change cancels and leaves no row.
with signed as (

    select
        entries.source_name,
        entries.posted_month,
        entries.delivery_id as late_delivery_id,
        entries.entry_sign,
        tag_hashes.tag_set_id,
        tag_hashes.is_tagged,
        {{ all_but(['source_name', 'delivery_id', 'tag_hash', 'tags'], 'charges') }}
    from {{ source('raw', 'late_entries') }} as entries
    inner join {{ ref('int_charges_grouped') }} as charges
        on
            entries.line_source_name = charges.source_name
            and entries.billing_month = charges.billing_month
    left join {{ ref('int_tag_hashes') }} as tag_hashes on charges.tag_hash = tag_hashes.tag_hash

),

differences as (

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
        'Correction' as charge_class,
        charge_frequency,
        line_item_type,
        'late_difference' as row_origin,
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
        max(late_delivery_id) as delivery_id,
        {{ carried('billing_account_name') }} as billing_account_name,
        {{ carried('sub_account_name') }} as sub_account_name,
        {{ carried('service_subcategory') }} as service_subcategory,
        {{ carried('region_name') }} as region_name,
        {{ carried('sku_meter') }} as sku_meter,
        {{ carried('commitment_discount_category') }} as commitment_discount_category,
        {{ carried('commitment_discount_unit') }} as commitment_discount_unit,
        {{ money('sum(entry_sign * billed_cost)') }} as billed_cost,
        {{ money('sum(entry_sign * effective_cost)') }} as effective_cost,
        {{ money('sum(entry_sign * gross_effective_cost)') }} as gross_effective_cost,
        {{ money('sum(entry_sign * contracted_cost)') }} as contracted_cost,
        {{ money('sum(entry_sign * list_cost)') }} as list_cost,
        {{ money('sum(entry_sign * pricing_quantity)') }} as pricing_quantity,
        {{ money('sum(entry_sign * consumed_quantity)') }} as consumed_quantity,
        {{ money('sum(entry_sign * commitment_discount_quantity)') }} as commitment_discount_quantity,
        sum(entry_sign * line_count) as line_count,
        posted_month,
        tag_set_id,
        {{ any_true('is_tagged') }} as is_tagged
    from signed
    group by
        source_name, posted_month, service_provider_name, invoice_issuer_name, billing_account_id, sub_account_id,
        invoice_id, billing_currency, charge_date, billing_month, charge_category, charge_frequency, line_item_type,
        service_name, service_category, sku_id, sku_price_id, region_id, availability_zone, resource_id,
        pricing_category, pricing_unit, consumed_unit, commitment_discount_id, commitment_discount_type,
        commitment_discount_status, tag_set_id

)

select * from differences
where
    coalesce(billed_cost, 0) <> 0
    or coalesce(effective_cost, 0) <> 0
    or coalesce(gross_effective_cost, 0) <> 0
    or coalesce(contracted_cost, 0) <> 0
    or coalesce(list_cost, 0) <> 0
    or coalesce(pricing_quantity, 0) <> 0
    or coalesce(consumed_quantity, 0) <> 0
    or coalesce(commitment_discount_quantity, 0) <> 0
    or coalesce(line_count, 0) <> 0
