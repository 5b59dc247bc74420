{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Both ends of normalization, summed apart, so that reconciliation can hold one against the other.
with raw_totals as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(charged_cost) as raw_cost,
        sum(unbilled_cost) as unbilled_cost,
        count(*) as raw_rows,
        cast(countif(is_merged) as bigint) as merged_rows
    from {{ ref('int_raw_lines') }}
    where {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency

),

normalized_totals as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(billed_cost) as normalized_cost,
        sum(effective_cost) as normalized_effective_cost,
        cast(sum(line_count) as bigint) as normalized_rows,
        cast(sum(case when row_origin <> 'delivered' then line_count else 0 end) as bigint) as derived_rows
    from {{ ref('int_charges_grouped') }}
    group by source_name, billing_month, billing_currency

)

select
    raw_totals.*,
    {{ all_but(['source_name', 'billing_month', 'billing_currency'], 'normalized_totals') }}
from raw_totals
left join normalized_totals
    on
        raw_totals.source_name = normalized_totals.source_name
        and raw_totals.billing_month = normalized_totals.billing_month
        and raw_totals.billing_currency = normalized_totals.billing_currency
