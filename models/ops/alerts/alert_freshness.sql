-- For how many days each source has been silent beyond its habit: on the day from which on it was expected to, one.
select
    'freshness' as alert_kind,
    words.scope_type,
    freshness.source_name as scope_id,
    cast(null as string) as subject,
    cast(null as string) as currency,
    {{ money(date_difference('freshness.expected_date', 'cast(' ~ as_of() ~ ' as date)') ~ ' + 1') }} as alert_value,
    {{ money('null') }} as impact_cost,
    replace(words.title, '{name}', freshness.source_name) as title,
    replace(
        replace(
            replace(words.finding, '{name}', freshness.source_name),
            '{last_charge_date}', cast(freshness.last_charge_date as string)
        ),
        '{expected_date}', cast(freshness.expected_date as string)
    ) as finding,
    replace(words.link_query, '{name}', freshness.source_name) as link_query
from {{ ref('bill_freshness') }} as freshness
cross join {{ ref('silence_words') }} as words
where
    words.scope_type = 'source'
    and freshness.expected_date <= cast({{ as_of() }} as date)
