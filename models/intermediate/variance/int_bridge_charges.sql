-- Each charge with its owner and with what a change of its cost would be a change of. What a commitment covers is used
-- at its contracted price, and what it then costs less is the commitment's; what is unused is the commitment's alone.
with classified as (

    select
        charges.*,
        case
            -- not a day after the month: Google's months end in California, eight hours into a new day of UTC
            when
                charges.row_origin = 'late_difference'
                or coalesce(charges.charge_class, '') = 'Correction'
                or {{ month_of('charges.charge_date') }} < charges.posted_month
                then 'restatement'
            when charges.charge_category = 'Credit' then 'credit'
            when charges.charge_category <> 'Usage' then 'one_time'
            when coalesce(charges.commitment_discount_status, '') = 'Unused' then 'commitment'
            when
                charges.pricing_quantity > 0
                and charges.pricing_unit is not null
                and coalesce(charges.sku_price_id, charges.sku_id) is not null
                then 'priced'
            else 'unpriced'
        end as cost_kind,
        case
            when charges.commitment_discount_status = 'Used'
                then coalesce(nullif(charges.contracted_cost, 0), charges.effective_cost)
            else charges.effective_cost
        end as uncovered_cost
    from {{ ref('int_charges_daily') }} as charges

)

select
    classified.source_name,
    classified.billing_month,
    classified.posted_month,
    classified.charge_date,
    classified.billing_currency,
    classified.service_provider_name,
    coalesce(classified.service_name, {{ unknown_scope() }}) as service_name,
    classified.sub_account_id,
    coalesce(classified.resource_id, classified.tag_set_id) as owned_id,
    owners.team,
    owners.business_unit,
    classified.cost_kind,
    -- what tells one price from another, and the unit that it is a price of
    case
        when classified.cost_kind = 'priced'
            then
                coalesce(classified.sku_price_id, classified.sku_id)
                || case when classified.pricing_category = 'Dynamic' then '/Dynamic' else '' end
    end as price_key,
    case when classified.cost_kind = 'priced' then classified.pricing_unit end as pricing_unit,
    case when classified.cost_kind = 'priced' then coalesce(classified.sku_meter, classified.sku_id) end as sku_meter,
    case when classified.cost_kind = 'priced' then classified.pricing_quantity end as pricing_quantity,
    case when classified.cost_kind in ('priced', 'unpriced') then classified.uncovered_cost end as usage_cost,
    case
        when classified.cost_kind = 'commitment' then classified.effective_cost
        when classified.cost_kind in ('priced', 'unpriced') then classified.effective_cost - classified.uncovered_cost
    end as commitment_effect_cost,
    classified.effective_cost
from classified
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('classified', 'owners') }}
