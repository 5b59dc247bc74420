-- How many days a source's charges lie behind.
with sources as (

    select
        source_name,
        max(charge_date) as last_charge_date
    from {{ ref('fct_cost_daily') }}
    where charge_date <= cast({{ as_of() }} as date)
    group by source_name

)

select
    'freshness' as alert_kind,
    'source' as scope_type,
    source_name as scope_id,
    cast(null as string) as subject,
    cast(null as string) as currency,
    {{ money(date_difference('last_charge_date', 'cast(' ~ as_of() ~ ' as date)')) }} as alert_value,
    {{ money('null') }} as impact_cost,
    'No new charges from ' || source_name as title,
    'The last charge of ' || source_name || ' is of ' || cast(last_charge_date as string) || '.' as finding,
    'select * from load_ledger where source_name = ' || {{ quoted('source_name') }} || ' order by loaded_at desc'
        as link_query
from sources
