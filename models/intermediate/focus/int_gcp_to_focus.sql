-- Google Cloud charges under FOCUS names. Rules: Google's cost types, credits and adjustments to FOCUS as decided in
-- DECISIONS.md. Invoice months end at midnight in California, days here are those of UTC.
with charged as (

    select
        *,
        charge_category = 'Usage' and not is_unused_commitment as is_usage,
        charge_category in ('Usage', 'Purchase') as is_priced
    from {{ ref('int_gcp_charges') }}

)

select
    charged.source_name,
    charged.billing_month,
    charged.delivery_id,
    cast(charged.charge_period_start as date) as charge_date,
    coalesce(charged.adjustment_type, charged.cost_type, 'regular') as line_item_type,
    charged.row_origin,
    cast(null as string) as allocated_method_details,
    cast(null as string) as allocated_method_id,
    cast(null as string) as allocated_resource_id,
    cast(null as string) as allocated_resource_name,
    cast(null as string) as allocated_tags,
    charged.availability_zone,
    charged.billed_cost,
    charged.billing_account_id,
    cast(null as string) as billing_account_name,
    cast(null as string) as billing_account_type,
    charged.billing_currency,
    {{ pacific_midnight(add_months('charged.billing_month', 1)) }} as billing_period_end,
    {{ pacific_midnight('charged.billing_month') }} as billing_period_start,
    cast(null as string) as capacity_reservation_id,
    cast(null as string) as capacity_reservation_status,
    charged.charge_category,
    case
        when
            charged.adjustment_type is not null
            and charged.charge_period_start < {{ pacific_midnight('charged.billing_month') }}
            then 'Correction'
    end as charge_class,
    coalesce(charged.adjustment_description, charged.sku_description) as charge_description,
    case
        when charged.charge_category = 'Usage' then 'Usage-Based'
        when charged.charge_category = 'Purchase' then 'Recurring'
        when charged.charge_category = 'Tax' then 'Usage-Based'
        else 'One-Time'
    end as charge_frequency,
    charged.charge_period_end,
    charged.charge_period_start,
    case
        when charged.commitment_discount_id is null then null
        when charged.is_spend_commitment then 'Spend'
        else 'Usage'
    end as commitment_discount_category,
    charged.commitment_discount_id,
    case
        when charged.is_multiprice_usage and charged.commitment_discount_id is not null
            then charged.consumption_model_name
    end as commitment_discount_name,
    case
        when charged.commitment_discount_id is null or not charged.is_priced then null
        when charged.charge_category = 'Purchase' and charged.is_spend_commitment then charged.cost
        when charged.is_spend_commitment then charged.effective_cost
        else charged.pricing_quantity
    end as commitment_discount_quantity,
    charged.commitment_discount_status,
    case
        when charged.commitment_discount_id is null then null
        when charged.is_spend_commitment then 'Spend-based CUD'
        else 'Resource-based CUD'
    end as commitment_discount_type,
    case
        when charged.commitment_discount_id is null or not charged.is_priced then null
        when charged.is_spend_commitment then charged.billing_currency
        when charged.pricing_quantity is not null then charged.pricing_unit
    end as commitment_discount_unit,
    cast(null as string) as commitment_program_eligibility_details,
    case when charged.is_usage then charged.usage_quantity end as consumed_quantity,
    case when charged.is_usage and charged.usage_quantity is not null then charged.usage_unit end
        as consumed_unit,
    cast(null as string) as contract_applied,
    charged.contracted_cost,
    case when charged.is_usage then coalesce(charged.contracted_unit_price, charged.effective_unit_price) end
        as contracted_unit_price,
    charged.effective_cost,
    'Google Cloud' as host_provider_name,
    cast(null as string) as invoice_detail_id,
    cast(null as string) as invoice_id,
    'Google Cloud' as invoice_issuer_name,
    charged.list_cost,
    case when charged.is_usage then charged.list_unit_price end as list_unit_price,
    case
        when not charged.is_priced then null
        when charged.commitment_discount_id is not null then 'Committed'
        when charged.is_spot then 'Dynamic'
        else 'Standard'
    end as pricing_category,
    cast(null as string) as pricing_currency,
    {{ money('null') }} as pricing_currency_contracted_unit_price,
    {{ money('null') }} as pricing_currency_effective_cost,
    {{ money('null') }} as pricing_currency_list_unit_price,
    case when charged.is_priced then charged.pricing_quantity end as pricing_quantity,
    case when charged.is_priced and charged.pricing_quantity is not null then charged.pricing_unit end as pricing_unit,
    charged.region_id,
    regions.region_name,
    case
        when charged.is_unused_commitment then charged.commitment_discount_id
        else coalesce(charged.resource_global_name, charged.resource_name)
    end as resource_id,
    case when not charged.is_unused_commitment then charged.resource_name end as resource_name,
    cast(null as string) as resource_type,
    coalesce(services.service_category, 'Other') as service_category,
    coalesce(charged.service_description, charged.service_id) as service_name,
    coalesce(charged.seller_name, 'Google Cloud') as service_provider_name,
    coalesce(services.service_subcategory, 'Other (Other)') as service_subcategory,
    case when charged.charge_category <> 'Tax' then charged.sku_id end as sku_id,
    case when charged.charge_category <> 'Tax' then charged.sku_description end as sku_meter,
    cast(null as string) as sku_price_details,
    case
        when
            charged.charge_category <> 'Tax'
            then charged.sku_id || '/' || {{ number_text('charged.tier_start_quantity') }}
    end
        as sku_price_id,
    charged.sub_account_id,
    case when charged.sub_account_id is not null then charged.sub_account_name end as sub_account_name,
    case when charged.sub_account_id is not null then 'Project' end as sub_account_type,
    tag_sets.tags,
    charged.effective_cost as gross_effective_cost,
    charged.contracted_cost_source,
    charged.effective_cost_source,
    nullif(
        case when services.service_name is not null then 'ServiceCategory ServiceSubcategory ' else '' end
        || case when regions.region_id is not null then 'RegionName ' else '' end, ''
    ) as derived_columns,
    charged.seller_name as publisher_name,
    charged.told_columns
from charged
left join {{ ref('gcp_services') }} as services on charged.service_description = services.service_name
left join {{ ref('gcp_regions') }} as regions on charged.region_id = regions.region_id
left join {{ ref('int_gcp_tag_sets') }} as tag_sets
    on
        charged.source_name = tag_sets.source_name
        and charged.billing_month = tag_sets.billing_month
        and charged.tag_hash = tag_sets.tag_hash
