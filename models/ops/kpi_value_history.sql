-- Every value of every KPI as it was known when, with the version of the definition that it was measured by: the
-- changes that former publications made, kept for ever, and those of this build.
with known as (

    select
        {{ kpi_key() }},
        {{ kpi_measures() }}
    from {{ source('raw', 'kpi_history') }}
    qualify row_number() over (partition by {{ kpi_key() }} order by publication_id desc) = 1

),

present as (

    select
        {{ kpi_key() }},
        {{ kpi_measures() }}
    from {{ ref('kpi_results') }}

),

changed as (

    select
        '{{ publication_id() }}' as vintage_id,
        {{ publication_moment() }} as known_start,
        {{ kpi_key('present') }},
        {{ kpi_measures('present') }}
    from present
    left join known on {{ same_kpi_value('present', 'known') }}
    where
        known.kpi_id is null
        or known.definition_version is distinct from present.definition_version
        or known.numerator is distinct from present.numerator
        or known.denominator is distinct from present.denominator
        or known.value is distinct from present.value
        or known.status is distinct from present.status
    union all
    -- what is there no more
    select
        '{{ publication_id() }}' as vintage_id,
        {{ publication_moment() }} as known_start,
        {{ kpi_key('known') }},
        known.definition_version,
        {{ money('null') }} as numerator,
        {{ money('null') }} as denominator,
        {{ money('null') }} as value,
        'gone' as status
    from known
    left join present on {{ same_kpi_value('known', 'present') }}
    where present.kpi_id is null and known.status <> 'gone'

),

vintages as (

    select
        publication_id as vintage_id,
        known_start,
        {{ kpi_key() }},
        {{ kpi_measures() }}
    from {{ source('raw', 'kpi_history') }}
    union all
    select * from changed

)

select
    vintage_id,
    known_start,
    lead(known_start) over (partition by {{ kpi_key() }} order by vintage_id) as known_end,
    {{ kpi_key() }},
    {{ kpi_measures() }}
from vintages
