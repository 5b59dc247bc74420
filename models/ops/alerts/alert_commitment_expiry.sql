-- How many days each commitment still has: by its contract or its bill, else 0 once its cost has ended
-- before the last day of its source.
with costs as (

    select
        source_name,
        commitment_discount_id,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from {{ ref('fct_commitments_daily') }}
    group by source_name, commitment_discount_id

),

sources as (

    select
        source_name,
        max(last_charge_date) as last_charge_date
    from costs
    group by source_name

),

silent as (

    select
        costs.commitment_discount_id,
        min({{ add_days('costs.last_charge_date', 1) }}) as end_date
    from costs
    inner join sources
        on
            costs.source_name = sources.source_name
            and {{ date_difference('costs.last_charge_date', 'sources.last_charge_date') }} >= 2
    where costs.last_charge_date > costs.first_charge_date
    group by costs.commitment_discount_id

),

-- what was given back ends earlier than its contract says
ends as (

    select
        coalesce(told.commitment_discount_id, silent.commitment_discount_id) as commitment_discount_id,
        case
            when told.end_date is null or silent.end_date < told.end_date then silent.end_date else told.end_date
        end as end_date
    from {{ ref('int_commitment_ends') }} as told
    full outer join silent on told.commitment_discount_id = silent.commitment_discount_id

)

select
    'commitment_expiry' as alert_kind,
    'commitment' as scope_type,
    commitment_discount_id as scope_id,
    cast(end_date as string) as subject,
    cast(null as string) as currency,
    {{ money('greatest(' ~ date_difference('cast(' ~ as_of() ~ ' as date)', 'end_date') ~ ', 0)') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'Commitment ' || {{ short_name('commitment_discount_id') }}
    || case when end_date > cast({{ as_of() }} as date) then ' ends soon' else ' has ended' end as title,
    'Its last day is ' || cast({{ add_days('end_date', -1) }} as string) || '.' as finding,
    'select * from commitments_daily where commitment_discount_id = ' || {{ quoted('commitment_discount_id') }}
    || ' order by charge_date desc' as link_query
from ends
-- what ended long ago is history
where end_date > {{ add_days('cast(' ~ as_of() ~ ' as date)', -60) }}
