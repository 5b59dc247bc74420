{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- When commitments were paid for and how long they hold, where a bill has no date of their end: Azure tells the term of
-- a purchase, in its own exports and in FOCUS; Google's SKU of a fee names it.
with payments as (

    select
        source_name,
        billing_month,
        'Microsoft' as service_provider_name,
        commitment_discount_id,
        usage_date as payment_date,
        frequency,
        term as term_text
    from {{ ref('int_azure_lines') }}
    where {{ in_rebuild() }} and is_commitment_purchase and charge_key = 'purchase' and not is_amortized
    union all
    select
        source_name,
        billing_month,
        coalesce(service_provider_name, provider_name) as service_provider_name,
        commitment_discount_id,
        cast(charge_period_start as date) as payment_date,
        charge_frequency as frequency,
        {{ map_value('x_provider_columns', 'x_SkuTerm') }} as term_text
    from {{ ref('stg_focus__lines') }}
    where
        {{ in_rebuild() }}
        and charge_category = 'Purchase'
        and charge_class is null
        and starts_with(coalesce(service_provider_name, provider_name), 'Microsoft')
    union all
    select
        source_name,
        billing_month,
        'Google Cloud' as service_provider_name,
        coalesce(subscription_id, resource_global_name) as commitment_discount_id,
        cast(charge_period_start as date) as payment_date,
        'Recurring' as frequency,
        substr(sku_description, strpos(lower(sku_description), ' for ') + 5) as term_text
    from {{ ref('int_gcp_amortized_lines') }}
    where {{ in_rebuild() }} and is_commitment_fee and strpos(lower(sku_description), ' for ') > 0

),

spelled as (

    select
        *,
        rtrim(replace(lower(term_text), ' ', ''), 's') as term_key
    from payments

)

select
    source_name,
    billing_month,
    service_provider_name,
    commitment_discount_id,
    min(payment_date) as first_payment_date,
    cast(max(case
        when term_key in ('12', '12month', 'p12m', '1year', 'p1y') then 12
        when term_key in ('36', '36month', 'p36m', '3year', 'p3y') then 36
        when term_key in ('60', '60month', 'p60m', '5year', 'p5y') then 60
    end) as bigint) as term_month_count,
    -- one payment for the whole term is the purchase itself
    {{ any_true("replace(replace(lower(frequency), '-', ''), ' ', '') = 'onetime'") }} as is_paid_at_once
from spelled
where commitment_discount_id is not null
group by source_name, billing_month, service_provider_name, commitment_discount_id
