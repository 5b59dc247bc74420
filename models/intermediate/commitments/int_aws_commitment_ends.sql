{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- When plans and reservations end, as their fees say it in every month: text such as 2026-10-01T00:00:00Z in CUR 2.0,
-- with thousandths of a second in the legacy CUR. A day of which a part is still covered is covered.
with fees as (

    {%- for lines in ['stg_aws_cur2__line_items', 'stg_aws_cur_legacy__line_items'] %}
        select
            source_name,
            billing_month,
            coalesce(savings_plan_id, reservation_id) as commitment_discount_id,
            case when savings_plan_id is not null then savings_plan_end_text else reservation_end_text end as end_text
        from {{ ref(lines) }}
        where {{ in_rebuild() }} and line_item_type in ('SavingsPlanRecurringFee', 'RIFee')
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

dated as (

    select
        *,
        {{ try_date('substr(end_text, 1, 10)') }} as last_date
    from fees

)

select
    source_name,
    billing_month,
    commitment_discount_id,
    max(
        case when substr(end_text, 12, 8) = '00:00:00' then last_date else {{ add_days('last_date', 1) }} end
    ) as commitment_end_date
from dated
where commitment_discount_id is not null and last_date is not null
group by source_name, billing_month, commitment_discount_id
