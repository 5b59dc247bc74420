-- Any FOCUS export, 1.0-preview to 1.4, as 1.4; what a version lacks is null. Oracle leaves effective cost 0, its
-- contracted cost empty and regions without names. Microsoft's purchase of a commitment costs nothing: its usage does.
-- A missing contracted cost is price times quantity, list cost, or what was paid. Google's own columns tell its own.
{%- set told_by_google = 'CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountQuantity'
    ~ ' CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit' %}
with delivered as (

    select
        *,
        coalesce(starts_with(coalesce(provider_name, publisher_name), 'Oracle'), false) as is_oracle,
        coalesce(starts_with(provider_name, 'Google'), false) as is_google,
        coalesce(starts_with(coalesce(service_provider_name, provider_name), 'Microsoft'), false) as is_microsoft,
        {{ map_value('x_provider_columns', 'x_SubscriptionInstanceId') }} as google_subscription_id,
        charge_category = 'Usage'
        and coalesce({{ map_value('x_provider_columns', 'x_ConsumptionModelDescription') }}, 'Default') <> 'Default'
            as is_committed_price,
        charge_category = 'Purchase'
        and strpos({{ map_value('x_provider_columns', 'x_Credits') }}, 'FEE_UTILIZATION_OFFSET') > 0 as is_offset_fee
    from {{ ref('stg_focus__lines') }}

),

lines as (

    select
        *,
        case
            when contracted_cost is not null then 'bill'
            when contracted_unit_price is not null and pricing_quantity is not null then 'computed'
            when list_cost is not null and charge_category in ('Usage', 'Purchase') then 'list_fallback'
            else 'billed_fallback'
        end as contracted_cost_source,
        is_google and commitment_discount_id is null and google_subscription_id is not null
        -- in FOCUS, usage has a status of its commitment, a fee has none and no effective cost, and others no quantity
        and (is_committed_price or (is_offset_fee and effective_cost = 0)) as has_google_commitment,
        case
            when
                is_microsoft and charge_category = 'Purchase' and commitment_discount_id is not null
                and coalesce(effective_cost, 1) <> 0
                then 'computed'
            when is_oracle and effective_cost = 0 and billed_cost <> 0 and commitment_discount_id is null
                then 'billed_fallback'
            else 'bill'
        end as effective_cost_source
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
    case when lines.has_google_commitment then 'Spend' else lines.commitment_discount_category end
        as commitment_discount_category,
    case when lines.has_google_commitment then lines.google_subscription_id else lines.commitment_discount_id end
        as commitment_discount_id,
    lines.commitment_discount_name,
    case when lines.has_google_commitment then lines.billed_cost else lines.commitment_discount_quantity end
        as commitment_discount_quantity,
    case
        when lines.has_google_commitment and lines.is_committed_price then 'Used' else lines.commitment_discount_status
    end as commitment_discount_status,
    case when lines.has_google_commitment then 'Spend-based CUD' else lines.commitment_discount_type end
        as commitment_discount_type,
    case when lines.has_google_commitment then lines.billing_currency else lines.commitment_discount_unit end
        as commitment_discount_unit,
    lines.commitment_program_eligibility_details,
    lines.consumed_quantity,
    lines.consumed_unit,
    lines.contract_applied,
    case lines.contracted_cost_source
        when 'bill' then lines.contracted_cost
        when 'computed' then {{ money('lines.contracted_unit_price * lines.pricing_quantity') }}
        when 'list_fallback' then lines.list_cost
        else case when lines.commitment_discount_status = 'Used' then lines.effective_cost else lines.billed_cost end
    end as contracted_cost,
    lines.contracted_unit_price,
    case lines.effective_cost_source
        when 'computed' then {{ money('0') }}
        when 'billed_fallback' then lines.billed_cost
        else lines.effective_cost
    end as effective_cost,
    coalesce(lines.host_provider_name, lines.provider_name) as host_provider_name,
    lines.invoice_detail_id,
    lines.invoice_id,
    lines.invoice_issuer_name,
    lines.list_cost,
    lines.list_unit_price,
    case when lines.has_google_commitment and lines.is_committed_price then 'Committed' else lines.pricing_category end
        as pricing_category,
    lines.pricing_currency,
    lines.pricing_currency_contracted_unit_price,
    case
        when lines.effective_cost_source = 'computed' then {{ money('lines.pricing_currency_effective_cost * 0') }}
        else lines.pricing_currency_effective_cost
    end as pricing_currency_effective_cost,
    lines.pricing_currency_list_unit_price,
    lines.pricing_quantity,
    lines.pricing_unit,
    coalesce(regions.region_id, lines.region_id) as region_id,
    coalesce(regions.region_name, lines.region_name) as region_name,
    lines.resource_id,
    lines.resource_name,
    lines.resource_type,
    coalesce(lines.service_category, services.service_category) as service_category,
    lines.service_name,
    coalesce(
        lines.service_provider_name, lines.provider_name, lines.publisher_name, lines.invoice_issuer_name, 'Unknown'
    ) as service_provider_name,
    coalesce(lines.service_subcategory, services.service_subcategory) as service_subcategory,
    lines.sku_id,
    lines.sku_meter,
    lines.sku_price_details,
    lines.sku_price_id,
    lines.sub_account_id,
    lines.sub_account_name,
    lines.sub_account_type,
    lines.tags,
    case lines.effective_cost_source
        when 'computed' then {{ money('0') }}
        when 'billed_fallback' then lines.billed_cost
        else lines.effective_cost
    end as gross_effective_cost,
    lines.contracted_cost_source,
    lines.effective_cost_source,
    nullif(
        trim(
            case when regions.region_id is not null and lines.region_id is null then 'RegionId ' else '' end
            || case when regions.region_id is not null then 'RegionName' else '' end
            || case when services.service_name is not null then 'ServiceCategory ServiceSubcategory' else '' end
            || case when lines.has_google_commitment then ' {{ told_by_google }}' else '' end
            || case when lines.has_google_commitment and lines.is_committed_price then ' PricingCategory' else '' end
        ), ''
    ) as derived_columns,
    lines.publisher_name,
    cast(null as bigint) as told_columns
from lines
left join {{ ref('oci_regions') }} as regions
    on lines.is_oracle and coalesce(lines.region_id, lines.region_name) = regions.region_id
left join {{ ref('gcp_services') }} as services
    on lines.is_google and lines.service_category is null and lines.service_name = services.service_name
