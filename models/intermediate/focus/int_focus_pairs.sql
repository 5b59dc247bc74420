-- What FOCUS says of rows beside each other: of one key, a column has one value. Asked of daily rows, never of lines.
with daily as (

    select *
    from {{ ref('int_charges_daily') }}
    where
        {{ in_rebuild() }}
        and charge_category in ('Usage', 'Purchase')
        and charge_class is distinct from 'Correction'

),

pairs as (

    {{ focus_pair_rows('daily') }}

),

ranked as (

    select
        *,
        first_value(column_value) over (
            partition by source_name, billing_month, service_provider_name, column_name, key_name, key_value
            order by row_count desc, column_value asc
        ) as usual_value
    from pairs

)

select
    ranked.source_name,
    ranked.billing_month,
    requirements.requirement_id,
    cast(sum(ranked.row_count) as bigint) as checked_rows,
    cast(
        sum(case when ranked.column_value <> ranked.usual_value then ranked.row_count else 0 end) as bigint
    ) as violating_rows,
    substr(min(
        case
            when ranked.column_value <> ranked.usual_value
                then ranked.key_value || ': ' || ranked.column_value || ', else ' || ranked.usual_value
        end
    ), 1, 120) as example
from ranked
inner join {{ ref('focus_requirements') }} as requirements
    on
        requirements.kind = 'one_per'
        and ranked.column_name = requirements.column_name
        and ranked.key_name = requirements.argument
group by ranked.source_name, ranked.billing_month, requirements.requirement_id
