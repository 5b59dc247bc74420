-- Raw CUR 2.0 lines to the daily table in one statement, as one writes it by hand for this export alone: one source,
-- money as doubles, discounts in gross mode. One scan groups all lines by what was delivered; what that means is worked
-- out on the groups. Three narrow scans find what amortization adds. Money is rounded per line to whole billionths and
-- summed as integers. Needs the macros and variables that `fused.py` sets.
create or replace table charges_daily as
with

lines as not materialized (select * from read_parquet(getvariable('files'), hive_partitioning = false)),

-- What every group is made of: keys as delivered, and sums that do not yet know what they mean.
delivered as (
    select
        'delivered' as row_origin,
        line_item_line_item_type as line_type,
        coalesce(
            line_item_line_item_type = 'Refund'
            and line_item_product_code = 'ComputeSavingsPlans'
            and line_item_line_item_description like 'Refund for one-time fee for Savings Plan ID%',
            false
        ) as is_fee_refund,
        cast(line_item_usage_start_date as date) as charge_date,
        bill_billing_period_start_date as bill_start,
        bill_bill_type,
        bill_billing_entity,
        bill_invoicing_entity,
        bill_invoice_id,
        bill_payer_account_id,
        line_item_legal_entity,
        line_item_usage_account_id,
        line_item_currency_code,
        line_item_product_code,
        case when services.product_code is null then product['product_name'] end as product_name,
        line_item_usage_type,
        line_item_availability_zone,
        line_item_resource_id,
        product_sku,
        product_region_code,
        product_from_region_code,
        pricing_rate_code,
        pricing_unit,
        savings_plan_savings_plan_a_r_n as plan,
        reservation_reservation_a_r_n as reservation,
        hash(resource_tags) as tag_hash,
        arg_min(resource_tags, 0) as tags,
        any_value(bill_payer_account_name) as bill_payer_account_name,
        any_value(line_item_usage_account_name) as line_item_usage_account_name,
        sum(billionths(line_item_unblended_cost)) as charged,
        sum(billionths(coalesce(pricing_public_on_demand_cost, line_item_unblended_cost))) as on_demand,
        sum(billionths(line_item_usage_amount)) as quantity,
        sum(billionths(savings_plan_savings_plan_effective_cost)) as plan_cost,
        sum(billionths(reservation_effective_cost)) as reservation_cost,
        sum(case line_item_line_item_type
            when 'SavingsPlanRecurringFee' then billionths(savings_plan_total_commitment_to_date)
            when 'RIFee' then text_billionths(reservation_total_reserved_units)
        end) as committed,
        cast(null as hugeint) as amortized,
        count(*) as line_count
    from lines
    left join services on line_item_product_code = services.product_code
    where line_item_line_item_type <> 'SavingsPlanNegation'
    group by all
),

-- What fees paid for and nobody used: of a plan by the hour; of a reservation by the month, in equal parts on each day
-- that the fee covers, where the last day takes the rest.
fees as (
    select
        *,
        line_item_line_item_type = 'RIFee' as is_reservation,
        cast(line_item_usage_start_date as date) as first_day,
        case
            when is_reservation then cast(line_item_usage_end_date - interval 1 second as date) - first_day + 1
            else 1
        end as days,
        case
            when is_reservation
                then
                    billionths(reservation_unused_amortized_upfront_fee_for_billing_period)
                    + billionths(reservation_unused_recurring_fee)
            else billionths(savings_plan_total_commitment_to_date) - billionths(savings_plan_used_commitment)
        end as unused_cost,
        case when is_reservation then billionths(reservation_unused_quantity) else unused_cost end as unused_quantity
    from lines
    where line_item_line_item_type in ('SavingsPlanRecurringFee', 'RIFee')
),

unused as (
    select
        case when is_reservation then 'unused_reservation' else 'unused_savings_plan' end as row_origin,
        first_day + cast(day as integer) as charge_date,
        share(unused_cost, days, day) as amortized,
        share(unused_quantity, days, day) as committed,
        fees.*
    from fees, unnest(range(days)) as covered (day)
),

-- Negations that do not cancel the usage that their plan covers: one charge on the first day of the bill, described by
-- the first line of the pair.
residues as (
    select
        bill_billing_period_start_date as bill_start,
        bill_payer_account_id as payer,
        line_item_currency_code as currency,
        savings_plan_savings_plan_a_r_n as plan,
        sum(billionths(line_item_unblended_cost)) as amortized
    from lines
    where line_item_line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    group by all
    having sum(billionths(line_item_unblended_cost)) <> 0
),

described as (
    select
        'negation_residue' as row_origin,
        cast(residues.bill_start as date) as charge_date,
        residues.amortized,
        lines.* replace ('SavingsPlanNegation' as line_item_line_item_type)
    from lines
    inner join residues
        on
            lines.bill_billing_period_start_date = residues.bill_start
            and lines.line_item_currency_code = residues.currency
            and lines.bill_payer_account_id is not distinct from residues.payer
            and lines.savings_plan_savings_plan_a_r_n is not distinct from residues.plan
    where lines.line_item_line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    qualify
        row_number() over (
            partition by residues.bill_start, residues.payer, residues.currency, residues.plan
            order by lines.line_item_usage_start_date, lines.identity_line_item_id
        ) = 1
),

added as (
    select
        row_origin,
        line_item_line_item_type as line_type,
        false as is_fee_refund,
        charge_date,
        bill_billing_period_start_date as bill_start,
        coalesce(
            nullif(savings_plan_savings_plan_a_r_n, ''), nullif(reservation_reservation_a_r_n, '')
        ) as line_item_resource_id,
        product['product_name'] as product_name,
        savings_plan_savings_plan_a_r_n as plan,
        reservation_reservation_a_r_n as reservation,
        hash(resource_tags) as tag_hash,
        resource_tags as tags,
        committed,
        amortized,
        1 as line_count,
        columns(* exclude (row_origin, charge_date, committed, amortized, line_item_resource_id))
    from (from unused union all by name from described)
),

groups as (
    from delivered
    union all by name
    select
        row_origin,
        line_type,
        is_fee_refund,
        charge_date,
        bill_start,
        bill_bill_type,
        bill_billing_entity,
        bill_invoicing_entity,
        bill_invoice_id,
        bill_payer_account_id,
        line_item_legal_entity,
        line_item_usage_account_id,
        line_item_currency_code,
        line_item_product_code,
        product_name,
        line_item_usage_type,
        line_item_availability_zone,
        case when row_origin <> 'negation_residue' then line_item_resource_id end as line_item_resource_id,
        product_sku,
        product_region_code,
        product_from_region_code,
        pricing_rate_code,
        pricing_unit,
        plan,
        reservation,
        tag_hash,
        tags,
        bill_payer_account_name,
        line_item_usage_account_name,
        committed,
        amortized,
        line_count
    from added
),

-- The portable identity of each distinct tag set.
tag_pairs as (
    select
        maps.tag_hash,
        '"' || escaped(pair.key) || '":"' || escaped(pair.value) || '"' as pair_text
    from (select tag_hash, arg_min(tags, 0) as tags from groups group by tag_hash) as maps,
        unnest(map_entries(maps.tags)) as entries (pair)
    where pair.value is not null
),

tag_sets as (
    select tag_hash, md5('{' || string_agg(pair_text, ',' order by pair_text) || '}') as tag_set_id
    from tag_pairs
    group by tag_hash
),

judged as (
    select
        *,
        row_origin in ('unused_savings_plan', 'unused_reservation') as is_unused,
        row_origin = 'delivered' and (
            line_type in ('SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee', 'RIFee')
            or (line_type = 'Fee' and coalesce(reservation <> '', false))
            or is_fee_refund
        ) as is_purchase,
        line_type in ('SavingsPlanCoveredUsage', 'DiscountedUsage') as is_covered,
        case
            when is_unused then 'Usage'
            when line_type in ('Tax', 'Credit') then line_type
            when is_purchase or line_type = 'Fee' then 'Purchase'
            else 'Usage'
        end as category,
        category = 'Usage' and not is_unused as is_consumed,
        nullif(pricing_unit, '') as unit
    from groups
)

select
    getvariable('source') as source_name,
    case
        when bill_billing_entity = 'AWS Marketplace' then coalesce(nullif(line_item_legal_entity, ''), bill_billing_entity)
        else 'AWS'
    end as service_provider_name,
    coalesce(nullif(bill_invoicing_entity, ''), nullif(line_item_legal_entity, ''), 'AWS') as invoice_issuer_name,
    nullif(bill_payer_account_id, '') as billing_account_id,
    nullif(line_item_usage_account_id, '') as sub_account_id,
    nullif(bill_invoice_id, '') as invoice_id,
    nullif(line_item_currency_code, '') as billing_currency,
    charge_date,
    cast(bill_start as date) as billing_month,
    category as charge_category,
    case when line_type = 'Refund' and charge_date < bill_start then 'Correction' end as charge_class,
    case
        when category in ('Usage', 'Tax') then 'Usage-Based'
        when line_type in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
        when is_purchase or bill_bill_type = 'Purchase' or category = 'Credit' then 'One-Time'
        else 'Recurring'
    end as charge_frequency,
    line_type as line_item_type,
    row_origin,
    coalesce(services.service_name, nullif(product_name, ''), nullif(line_item_product_code, '')) as service_name,
    coalesce(services.service_category, 'Other') as service_category,
    nullif(product_sku, '') as sku_id,
    nullif(pricing_rate_code, '') as sku_price_id,
    coalesce(nullif(product_region_code, ''), nullif(product_from_region_code, '')) as region_id,
    nullif(line_item_availability_zone, '') as availability_zone,
    nullif(line_item_resource_id, '') as resource_id,
    case
        when category in ('Tax', 'Credit') then null
        when is_unused or is_covered then 'Committed'
        when contains(line_item_usage_type, 'SpotUsage') then 'Dynamic'
        else 'Standard'
    end as pricing_category,
    case when category <> 'Tax' then unit end as pricing_unit,
    case when is_consumed then unit end as consumed_unit,
    coalesce(nullif(plan, ''), nullif(reservation, '')) as commitment_discount_id,
    case when plan <> '' then 'Savings Plan' when reservation <> '' then 'Reserved Instance' end
        as commitment_discount_type,
    case when is_unused then 'Unused' when is_covered then 'Used' end as commitment_discount_status,
    coalesce(tag_sets.tag_set_id, md5('{}')) as tag_set_id,

    any_value(nullif(bill_payer_account_name, '')) as billing_account_name,
    any_value(nullif(line_item_usage_account_name, '')) as sub_account_name,
    any_value(coalesce(services.service_subcategory, 'Other (Other)')) as service_subcategory,
    any_value(regions.region_name) as region_name,
    any_value(nullif(line_item_usage_type, '')) as sku_meter,
    any_value(case when plan <> '' then 'Spend' when reservation <> '' then 'Usage' end) as commitment_discount_category,
    any_value(case
        when plan <> '' then nullif(line_item_currency_code, '')
        when reservation <> '' then 'Hours'
    end) as commitment_discount_unit,

    money(sum(case
        when is_unused or (is_covered and plan <> '') then 0
        else coalesce(amortized, charged)
    end)) as billed_cost,
    money(sum(case
        when amortized is not null then amortized
        when is_purchase then 0
        when line_type = 'SavingsPlanCoveredUsage' then plan_cost
        when line_type = 'DiscountedUsage' then reservation_cost
        else charged
    end)) as effective_cost,
    effective_cost as gross_effective_cost,
    money(sum(case
        when is_unused or is_purchase then 0
        when amortized is not null then amortized
        when line_type = 'DiscountedUsage' then on_demand
        else charged
    end)) as contracted_cost,
    money(sum(case
        when is_unused or is_purchase or line_type like '%Discount' then 0
        when amortized is not null then amortized
        when line_type in ('Tax', 'Credit', 'Refund') then charged
        else on_demand
    end)) as list_cost,
    money(sum(case when category <> 'Tax' then quantity end)) as pricing_quantity,
    money(sum(case when is_consumed then quantity end)) as consumed_quantity,
    money(sum(case line_type
        when 'SavingsPlanCoveredUsage' then plan_cost
        when 'DiscountedUsage' then quantity
        else committed
    end)) as commitment_discount_quantity,
    cast(sum(line_count) as bigint) as line_count
from judged
left join services on judged.line_item_product_code = services.product_code
left join regions on regions.region_id = coalesce(nullif(product_region_code, ''), nullif(product_from_region_code, ''))
left join tag_sets on judged.tag_hash = tag_sets.tag_hash
group by all
