-- AWS charges under FOCUS names. Rules: AWS's line item types to FOCUS as decided in DECISIONS.md.
with charges as (

    select
        *,
        coalesce(savings_plan_id, reservation_id) as commitment_discount_id,
        case
            when savings_plan_id is not null then 'Savings Plan'
            when reservation_id is not null then 'Reserved Instance'
        end as commitment_discount_type,
        coalesce(case when contracted_cost_source = 'list_fallback' then list_unit_price end, unblended_unit_price)
            as agreed_unit_price,
        row_origin in ('unused_savings_plan', 'unused_reservation') as is_unused_commitment,
        line_item_type in ('SavingsPlanCoveredUsage', 'DiscountedUsage') as is_covered_usage,
        coalesce(ends_with(line_item_type, 'Usage') or (sku_id is not null and line_item_type <> 'Tax'), false)
            as is_metered,
        coalesce(strpos(usage_type, 'SpotUsage') > 0, false) as is_spot
    from {{ ref('int_aws_charges') }}

),

categorized as (

    select
        *,
        case when is_commitment_purchase then commitment_discount_type end as bought_type,
        case
            when is_unused_commitment then 'Usage'
            when line_item_type in ('Tax', 'Credit') then line_item_type
            when is_commitment_purchase or line_item_type = 'Fee' then 'Purchase'
            else 'Usage'
        end as charge_category,
        case when line_item_type = 'Refund' and charge_period_start < billing_period_start then 'Correction' end
            as charge_class,
        -- what nothing names, as in an export without the ARNs, has no quantity and status of a commitment
        case
            when commitment_discount_id is null then null
            when row_origin = 'unused_reservation' then reservation_unused_quantity
            when row_origin = 'unused_savings_plan' or line_item_type = 'SavingsPlanCoveredUsage' then effective_cost
            when line_item_type = 'DiscountedUsage' then usage_quantity
            when line_item_type = 'SavingsPlanRecurringFee' then savings_plan_total_commitment_cost
            when line_item_type = 'RIFee' then reservation_total_quantity
        end as commitment_discount_quantity,
        case
            when line_item_type in ('Tax', 'Credit') then null
            when row_origin = 'unused_reservation' then reservation_unused_quantity
            else usage_quantity
        end as pricing_quantity
    from charges

)

select
    categorized.source_name,
    categorized.billing_month,
    categorized.delivery_id,
    cast(categorized.charge_period_start as date) as charge_date,
    categorized.line_item_type,
    categorized.row_origin,
    cast(null as string) as allocated_method_details,
    cast(null as string) as allocated_method_id,
    cast(null as string) as allocated_resource_id,
    cast(null as string) as allocated_resource_name,
    cast(null as string) as allocated_tags,
    nullif(categorized.availability_zone, '') as availability_zone,
    categorized.billed_cost,
    categorized.billing_account_id,
    categorized.billing_account_name,
    cast(null as string) as billing_account_type,
    categorized.billing_currency,
    categorized.billing_period_end,
    categorized.billing_period_start,
    categorized.capacity_reservation_id,
    categorized.capacity_reservation_status,
    categorized.charge_category,
    categorized.charge_class,
    categorized.charge_description,
    case
        when categorized.charge_category in ('Usage', 'Tax') then 'Usage-Based'
        when categorized.line_item_type in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
        when categorized.is_commitment_purchase or categorized.bill_type = 'Purchase' then 'One-Time'
        when categorized.charge_category = 'Credit' then 'One-Time'
        else 'Recurring'
    end as charge_frequency,
    categorized.charge_period_end,
    categorized.charge_period_start,
    case categorized.commitment_discount_type when 'Savings Plan' then 'Spend' when 'Reserved Instance' then 'Usage' end
        as commitment_discount_category,
    categorized.commitment_discount_id,
    cast(null as string) as commitment_discount_name,
    categorized.commitment_discount_quantity,
    case
        when categorized.commitment_discount_id is null then null
        when categorized.is_unused_commitment then 'Unused'
        when categorized.is_covered_usage then 'Used'
    end as commitment_discount_status,
    categorized.commitment_discount_type,
    case
        when categorized.commitment_discount_quantity is null then null
        when categorized.savings_plan_id is not null then categorized.billing_currency
        when categorized.reservation_id is not null then 'Hours'
    end as commitment_discount_unit,
    cast(null as string) as commitment_program_eligibility_details,
    case
        when categorized.charge_category = 'Usage' and not categorized.is_unused_commitment
            then categorized.usage_quantity
    end as consumed_quantity,
    case
        when
            categorized.charge_category = 'Usage' and not categorized.is_unused_commitment
            and categorized.usage_quantity is not null then categorized.pricing_unit
    end as consumed_unit,
    cast(null as string) as contract_applied,
    categorized.contracted_cost,
    {{ price_in_keeping('categorized', 'agreed_unit_price', 'contracted_cost') }} as contracted_unit_price,
    categorized.effective_cost,
    'AWS' as host_provider_name,
    cast(null as string) as invoice_detail_id,
    categorized.invoice_id,
    coalesce(categorized.invoicing_entity, categorized.legal_entity, 'AWS') as invoice_issuer_name,
    categorized.list_cost,
    {{ price_in_keeping('categorized', 'list_unit_price', 'list_cost') }} as list_unit_price,
    case
        when categorized.charge_category in ('Tax', 'Credit') then null
        when categorized.is_covered_usage or categorized.is_unused_commitment then 'Committed'
        when categorized.is_spot then 'Dynamic'
        else 'Standard'
    end as pricing_category,
    cast(null as string) as pricing_currency,
    {{ money('null') }} as pricing_currency_contracted_unit_price,
    {{ money('null') }} as pricing_currency_effective_cost,
    {{ money('null') }} as pricing_currency_list_unit_price,
    categorized.pricing_quantity,
    case when categorized.pricing_quantity is not null then categorized.pricing_unit end as pricing_unit,
    categorized.region_id,
    regions.region_name,
    case when categorized.is_unused_commitment then categorized.commitment_discount_id else categorized.resource_id end
        as resource_id,
    cast(null as string) as resource_name,
    case
        when categorized.is_unused_commitment then categorized.commitment_discount_type
        when categorized.resource_id is not null then coalesce(categorized.bought_type, categorized.product_family)
    end as resource_type,
    coalesce(services.service_category, 'Other') as service_category,
    coalesce(services.service_name, categorized.product_name, categorized.product_code) as service_name,
    case
        when categorized.billing_entity = 'AWS Marketplace' then coalesce(categorized.legal_entity, 'AWS Marketplace')
        else 'AWS'
    end as service_provider_name,
    coalesce(services.service_subcategory, 'Other (Other)') as service_subcategory,
    case when categorized.charge_category <> 'Tax' then categorized.sku_id end as sku_id,
    case when categorized.is_metered then categorized.usage_type end as sku_meter,
    cast(null as string) as sku_price_details,
    case when categorized.charge_category <> 'Tax' then categorized.sku_price_id end as sku_price_id,
    categorized.sub_account_id,
    case when categorized.sub_account_id is not null then categorized.sub_account_name end as sub_account_name,
    cast(null as string) as sub_account_type,
    categorized.tags,
    categorized.gross_effective_cost,
    categorized.contracted_cost_source,
    'bill' as effective_cost_source,
    nullif(
        case when services.product_code is not null then 'ServiceCategory ServiceName ServiceSubcategory ' else '' end
        || case when regions.region_id is not null then 'RegionName ' else '' end, ''
    ) as derived_columns,
    cast(null as string) as publisher_name,
    categorized.told_columns
from categorized
left join {{ ref('aws_services') }} as services on categorized.product_code = services.product_code
left join {{ ref('aws_regions') }} as regions on categorized.region_id = regions.region_id
