-- A promotion pays for usage, it does not make it cheaper: its part of a line is a credit of its own.
select
    {{ all_but(['pacific_date']) }}
    replace (
        coalesce(promotion_name, 'Promotion') as sku_description,
        {{ money('null') }} as usage_quantity,
        {{ money('null') }} as pricing_quantity
    ),
    'promotion_credit' as row_origin,
    cast(null as string) as commitment_discount_id,
    cast(null as string) as commitment_discount_status,
    promotion_cost as billed_cost,
    promotion_cost as effective_cost,
    promotion_cost as list_cost,
    promotion_cost as contracted_cost,
    'billed_fallback' as contracted_cost_source,
    'bill' as effective_cost_source
from {{ ref('int_gcp_amortized_lines') }}
where promotion_cost <> 0
