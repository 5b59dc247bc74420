{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- What every requirement finds in the delivered FOCUS lines (input) and in ours (output): one look at the lines of the
-- months being built, and the registry judged on the shapes that it leaves. Its columns come from the registry.
-- noqa: disable=RF03
with shapes as (

    {{ focus_shapes(ref('int_focus_lines'), 'output', lost=lost_columns()) }}
    union all
    {{ focus_shapes(ref('stg_focus__lines'), 'input', more_counted=['provider_name', 'publisher_name']) }}

),

sides as (

    select
        side,
        source_name,
        billing_month
    from shapes
    group by side, source_name, billing_month

),

requirements as (

    select
        requirement_id,
        column_name,
        kind,
        coalesce(argument, '') as argument,
        coalesce(charge_categories, '') as charge_categories,
        coalesce(commitment_discount_statuses, '') as statuses,
        except_corrections,
        coalesce(when_filled, '') as when_filled,
        coalesce(when_also_filled, '') as when_also_filled,
        coalesce(when_null, '') as when_null,
        when_supported
    from {{ ref('focus_requirements') }}
    where kind not in ('present', 'one_per')

),

looked_at as (

    select
        shapes.side,
        shapes.source_name,
        shapes.billing_month,
        requirements.requirement_id,
        requirements.kind,
        requirements.argument,
        requirements.when_supported,
        shapes.row_count,
        shapes.example_key,
        coalesce({{ shape_filled_rows('requirements.column_name') }}, 0) as filled_rows,
        {{ shape_value('requirements.column_name') }} as shape_value,
        coalesce({{ shape_fact_rows('requirements.argument') }}, 0) as fact_rows,
        coalesce({{ shape_lost_rows('requirements.column_name') }}, 0) as lost_rows
    from shapes
    cross join requirements
    where
        (
            requirements.charge_categories = ''
            or strpos('|' || requirements.charge_categories || '|', '|' || coalesce(shapes.charge_category, '') || '|')
            > 0
        )
        and (requirements.statuses <> 'Unused' or shapes.commitment_discount_status = 'Unused')
        and (requirements.statuses <> 'not Unused' or shapes.commitment_discount_status is distinct from 'Unused')
        and (not requirements.except_corrections or shapes.charge_class is distinct from 'Correction')
        and (
            requirements.when_filled = ''
            or {{ shape_filled_rows('requirements.when_filled', counted=false) }} > 0
        )
        and (
            requirements.when_also_filled = ''
            or {{ shape_filled_rows('requirements.when_also_filled', counted=false) }} > 0
        )
        and (
            requirements.when_null = ''
            or {{ shape_filled_rows('requirements.when_null', counted=false) }} = 0
        )

),

judged as (

    select
        *,
        case when kind in ('allowed', 'forbidden', 'currency') then filled_rows else row_count end as checked_rows,
        case
            when kind = 'filled' then row_count - filled_rows
            when kind = 'empty' then filled_rows
            when kind = 'fact' then fact_rows
            when shape_value is null then 0
            when kind = 'allowed' and strpos('|' || argument || '|', '|' || shape_value || '|') > 0 then 0
            when kind = 'forbidden' and strpos('|' || argument || '|', '|' || shape_value || '|') = 0 then 0
            when
                kind = 'currency' and length(shape_value) = 3
                and upper(shape_value) = shape_value and lower(shape_value) <> shape_value
                then 0
            else filled_rows
        end as violating_rows,
        sum(filled_rows) over (partition by side, source_name, billing_month, requirement_id) as supported_rows
    from looked_at

)

select
    side,
    source_name,
    billing_month,
    requirement_id,
    cast(sum(checked_rows) as bigint) as checked_rows,
    cast(sum(violating_rows) as bigint) as violating_rows,
    cast(sum(case when kind = 'filled' then lost_rows else 0 end) as bigint) as lost_rows,
    substr(coalesce(
        min(case when violating_rows > 0 then shape_value end),
        min(case when violating_rows = row_count then example_key end),
        'among lines such as ' || min(case when violating_rows > 0 then example_key end)
    ), 1, 120) as example
from judged
-- the condition of a feature that a provider may lack: judged on our side where any line of the month has it
where side = 'input' or not when_supported or supported_rows > 0
group by side, source_name, billing_month, requirement_id
having sum(judged.checked_rows) > 0
union all
-- rows beside each other: in a FOCUS export these columns pass as they were delivered, so that both sides have the same
select
    sides.side,
    pairs.source_name,
    pairs.billing_month,
    pairs.requirement_id,
    pairs.checked_rows,
    pairs.violating_rows,
    cast(0 as bigint) as lost_rows,
    pairs.example
from {{ ref('int_focus_pairs') }} as pairs
inner join sides
    on pairs.source_name = sides.source_name and pairs.billing_month = sides.billing_month
