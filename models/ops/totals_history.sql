-- What was known when: the changes that former publications made, kept for ever, and those of this build.
with known as (

    select
        {{ total_key() }},
        value
    from {{ source('raw', 'vintages') }}
    qualify row_number() over (partition by {{ total_key() }} order by publication_id desc) = 1

),

then_and_now as (

    select
        {{ total_key() }},
        value as former_value,
        {{ money('null') }} as present_value
    from known
    where value is not null
    union all
    select
        {{ total_key() }},
        {{ money('null') }} as former_value,
        value as present_value
    from {{ ref('publication_totals') }}
    where value is not null

),

changed as (

    select
        '{{ publication_id() }}' as vintage_id,
        {{ publication_moment() }} as known_start,
        {{ total_key() }},
        -- null where a total is there no more
        max(present_value) as value
    from then_and_now
    group by {{ total_key() }}
    having max(present_value) is distinct from max(former_value)

),

vintages as (

    select
        publication_id as vintage_id,
        known_start,
        {{ total_key() }},
        value
    from {{ source('raw', 'vintages') }}
    union all
    select * from changed

)

select
    vintage_id,
    known_start,
    lead(known_start) over (partition by {{ total_key() }} order by vintage_id) as known_end,
    {{ total_key() }},
    value
from vintages
