-- A column that went and one that came in the same delivery are likely one, renamed: by its letters, by a prefix or
-- suffix that it got or lost, or because nothing else came and went and the type is the same.
with pairs as (

    select
        fresh.source_name,
        fresh.billing_month,
        fresh.delivery_id,
        fresh.column_name,
        min(former.column_name) as former_name,
        min(former.former_type) as former_type
    from {{ ref('column_changes') }} as fresh
    inner join {{ ref('column_changes') }} as former
        on
            fresh.source_name = former.source_name
            and fresh.billing_month = former.billing_month
            and fresh.delivery_id = former.delivery_id
            and former.column_change = 'missing'
            and (
                fresh.letters = former.letters
                or (
                    length(fresh.letters) > 5
                    and length(former.letters) > 5
                    and (
                        ends_with(fresh.letters, former.letters)
                        or ends_with(former.letters, fresh.letters)
                        or starts_with(fresh.letters, former.letters)
                        or starts_with(former.letters, fresh.letters)
                    )
                )
                or (
                    fresh.new_column_count = 1
                    and fresh.missing_column_count = 1
                    and fresh.new_type = former.former_type
                )
            )
    where fresh.column_change = 'new'
    group by fresh.source_name, fresh.billing_month, fresh.delivery_id, fresh.column_name

)

select
    changes.source_name,
    changes.billing_month,
    changes.delivery_id,
    changes.former_delivery_id,
    case when renamed.former_name is not null then 'renamed' else changes.column_change end as column_change,
    changes.column_name,
    changes.canonical_name,
    coalesce(changes.former_type, renamed.former_type) as former_type,
    changes.new_type,
    renamed.former_name as likely_renamed_from
from {{ ref('column_changes') }} as changes
left join pairs as renamed
    on
        changes.source_name = renamed.source_name
        and changes.billing_month = renamed.billing_month
        and changes.delivery_id = renamed.delivery_id
        and changes.column_name = renamed.column_name
        and changes.column_change = 'new'
left join pairs as gone
    on
        changes.source_name = gone.source_name
        and changes.billing_month = gone.billing_month
        and changes.delivery_id = gone.delivery_id
        and changes.column_name = gone.former_name
        and changes.column_change = 'missing'
where gone.former_name is null
