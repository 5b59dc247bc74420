{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Every line with its credits summed by what they are, and the commitment that it pays for or draws on.
-- A credit is a part of its line: it is summed inside of the line and never joined, which would multiply the cost.
-- Kept as a table: lists and maps take longer to read than all that follows, and each reader of lines would do it.
with lines as (

    select
        line_items.*,
        -- Google bills by the day in California, so that a pool of commitments covers the usage of such a day
        case
            when line_items.charge_period_start < days.pacific_start then {{ add_days('days.calendar_date', -1) }}
            else days.calendar_date
        end as pacific_date,
        {{ credit_sum('credits') }} as credit_cost,
        {{ credit_sum('credits', ['PROMOTION']) }} as promotion_cost,
        {{ credit_sum('credits', ['COMMITTED_USAGE_DISCOUNT']) }} as resource_credit_cost,
        {{ credit_sum('credits', ['COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE']) }} as spend_credit_cost,
        {{ credit_sum('credits', ['FEE_UTILIZATION_OFFSET']) }} as fee_offset_cost,
        {{ credit_sum('credits', ['DISCOUNT', 'RESELLER_MARGIN']) }} as negotiated_credit_cost,
        {{ credit_name('credits', ['PROMOTION']) }} as promotion_name,
        coalesce({{ credit_name('credits', ['COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE']) }}, '') as spend_credit_name,
        {{ map_value('labels', 'goog-originating-sku-id') }} as originating_sku_id,
        -- stands for the maps, which are merged once for each of their sets (`int_gcp_tag_sets`)
        {{ build_hash(gcp_tag_maps()) }} as tag_hash
    from {{ ref('stg_gcp_billing__line_items') }} as line_items
    left join {{ ref('int_gcp_days') }} as days on cast(line_items.charge_period_start as date) = days.calendar_date
    where {{ in_rebuild('line_items') }}

),

named as (

    select
        *,
        coalesce(sku_description, '') as sku_text,
        coalesce(consumption_model_name, 'Default') <> 'Default' as is_multiprice_usage
    from lines

),

recognized as (

    select
        {{ all_but(['credits', 'sku_text'] + gcp_tag_maps()) }},
        cost + credit_cost as charged_cost,
        resource_credit_cost + spend_credit_cost as commitment_credit_cost,
        sku_text,
        strpos(sku_text, ' v1:') > 0 as is_legacy_sku,
        -- a fee that was corrected or refunded is a charge of its own, no fee to be spread
        coalesce(cost_type, 'regular') = 'regular'
        and adjustment_type is null
        and cost >= 0
        and not is_multiprice_usage
        and (
            starts_with(lower(sku_text), 'commitment')
            or fee_offset_cost <> 0
            -- the new model sells a commitment by the unit of currency and hour
            or (subscription_id is not null and pricing_unit = 'hour' and effective_unit_price = 1)
        ) as is_commitment_fee
    from named

)

select
    {{ all_but(['sku_text', 'is_legacy_sku', 'spend_credit_name', 'resource_credit_cost', 'spend_credit_cost']) }},
    is_commitment_fee and not is_legacy_sku as is_multiprice_fee,
    case
        when is_commitment_fee and not is_legacy_sku then null
        when is_commitment_fee and starts_with(lower(sku_text), 'commitment v1:')
            then
                'resource/' || {{ gcp_resource_unit('sku_text') }}
                || '/' || {{ gcp_machine_family('substr(sku_text, 15)') }} || '/' || coalesce(region_id, 'global')
        when is_commitment_fee then 'spend/' || {{ gcp_spend_product('sku_text') }}
        when resource_credit_cost < 0
            then
                'resource/' || {{ gcp_resource_unit('sku_text') }}
                || '/' || {{ gcp_machine_family('sku_text') }} || '/' || coalesce(region_id, 'global')
        when spend_credit_cost < 0 then 'spend/' || {{ gcp_spend_product('spend_credit_name') }}
    end as commitment_key,
    -- how much of a line a commitment covers, and whether nothing else is left of it
    case
        when not is_commitment_fee and cost > 0 and commitment_credit_cost < 0
            then {{ ratio('least(-commitment_credit_cost, cost)', 'cost') }}
        else {{ money('0') }}
    end as covered_share,
    not is_commitment_fee and cost > 0 and commitment_credit_cost = -cost and charged_cost = promotion_cost
        as is_all_covered
from recognized
