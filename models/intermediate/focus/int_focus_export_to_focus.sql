-- Any FOCUS export, 1.0-preview to 1.4, as 1.4: what a version lacks is null; provider and publisher go to their
-- successors. Oracle leaves the effective cost 0 and the contracted cost empty, and names its regions by id alone.
with delivered as (

    select
        *,
        coalesce(starts_with(coalesce(provider_name, publisher_name), 'Oracle'), false) as is_oracle
    from {{ ref('stg_focus__lines') }}

),

lines as (

    select
        *,
        is_oracle and contracted_cost is null as lacks_contracted,
        is_oracle and effective_cost = 0 and billed_cost <> 0 and commitment_discount_id is null as lacks_effective
    from delivered

)

select
    lines.source_name,
    lines.billing_month,
    lines.delivery_id,
    cast(lines.charge_period_start as date) as charge_date,
    cast(null as string) as line_item_type,
    'delivered' as row_origin,
    lines.allocated_method_details,
    lines.allocated_method_id,
    lines.allocated_resource_id,
    lines.allocated_resource_name,
    lines.allocated_tags,
    lines.availability_zone,
    lines.billed_cost,
    lines.billing_account_id,
    lines.billing_account_name,
    lines.billing_account_type,
    lines.billing_currency,
    lines.billing_period_end,
    lines.billing_period_start,
    lines.capacity_reservation_id,
    lines.capacity_reservation_status,
    lines.charge_category,
    lines.charge_class,
    lines.charge_description,
    case lower(lines.charge_frequency)
        when 'usage-based' then 'Usage-Based'
        when 'one-time' then 'One-Time'
        when 'recurring' then 'Recurring'
        else lines.charge_frequency
    end as charge_frequency,
    lines.charge_period_end,
    lines.charge_period_start,
    lines.commitment_discount_category,
    lines.commitment_discount_id,
    lines.commitment_discount_name,
    lines.commitment_discount_quantity,
    lines.commitment_discount_status,
    lines.commitment_discount_type,
    lines.commitment_discount_unit,
    lines.commitment_program_eligibility_details,
    lines.consumed_quantity,
    lines.consumed_unit,
    lines.contract_applied,
    case when lines.lacks_contracted then lines.billed_cost else lines.contracted_cost end as contracted_cost,
    lines.contracted_unit_price,
    case when lines.lacks_effective then lines.billed_cost else lines.effective_cost end as effective_cost,
    coalesce(lines.host_provider_name, lines.provider_name) as host_provider_name,
    lines.invoice_detail_id,
    lines.invoice_id,
    lines.invoice_issuer_name,
    lines.list_cost,
    lines.list_unit_price,
    lines.pricing_category,
    lines.pricing_currency,
    lines.pricing_currency_contracted_unit_price,
    lines.pricing_currency_effective_cost,
    lines.pricing_currency_list_unit_price,
    lines.pricing_quantity,
    lines.pricing_unit,
    coalesce(regions.region_id, lines.region_id) as region_id,
    coalesce(regions.region_name, lines.region_name) as region_name,
    lines.resource_id,
    lines.resource_name,
    lines.resource_type,
    lines.service_category,
    lines.service_name,
    coalesce(lines.service_provider_name, lines.provider_name, lines.publisher_name) as service_provider_name,
    lines.service_subcategory,
    lines.sku_id,
    lines.sku_meter,
    lines.sku_price_details,
    lines.sku_price_id,
    lines.sub_account_id,
    lines.sub_account_name,
    lines.sub_account_type,
    lines.tags,
    case when lines.lacks_effective then lines.billed_cost else lines.effective_cost end as gross_effective_cost,
    case when lines.lacks_contracted then 'billed_fallback' else 'bill' end as contracted_cost_source,
    case when lines.lacks_effective then 'billed_fallback' else 'bill' end as effective_cost_source,
    case
        when regions.region_id is not null and lines.region_id is null then 'RegionId RegionName'
        when regions.region_id is not null then 'RegionName'
    end as derived_columns,
    lines.publisher_name
from lines
left join {{ ref('oci_regions') }} as regions
    on lines.is_oracle and coalesce(lines.region_id, lines.region_name) = regions.region_id
