-- For how many days each source has been silent beyond its habit: on the day from which on it was expected to, one.
select
    'freshness' as alert_kind,
    'source' as scope_type,
    source_name as scope_id,
    cast(null as string) as subject,
    cast(null as string) as currency,
    {{ money(date_difference('expected_date', 'cast(' ~ as_of() ~ ' as date)') ~ ' + 1') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'No new charges from ' || source_name as title,
    'The last charge of ' || source_name || ' is of ' || cast(last_charge_date as string) || '; more was expected from '
    || cast(expected_date as string) || ' on.' as finding,
    'select * from load_ledger where source_name = ' || {{ quoted('source_name') }} || ' order by loaded_at desc'
        as link_query
from {{ ref('bill_freshness') }}
where expected_date <= cast({{ as_of() }} as date)
