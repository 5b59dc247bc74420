-- What a change did: the cost of a day before it, which is what it is taken to have stayed without it, and since; and
-- how reliable the teams and products that it touched were before and since.
with costs as (

    select
        changes.change_kind,
        changes.change_id,
        {{ date_difference('changes.start_date', 'max(days.last_date)') }} + 1 as observed_days,
        sum(case when days.charge_date < changes.start_date then days.effective_cost else 0 end) as former_cost,
        sum(case when days.charge_date >= changes.start_date then days.effective_cost else 0 end) as since_cost
    from {{ ref('int_changes') }} as changes
    inner join {{ ref('fct_changed_costs_daily') }} as days
        on changes.change_kind = days.change_kind and changes.change_id = days.change_id
    group by changes.change_kind, changes.change_id, changes.start_date

),

touched as (

    select distinct
        change_kind,
        change_id,
        last_date,
        'team' as scope_type,
        team as scope_id
    from {{ ref('fct_changed_costs_daily') }}
    union distinct
    select distinct
        change_kind,
        change_id,
        last_date,
        'product' as scope_type,
        product as scope_id
    from {{ ref('fct_changed_costs_daily') }}

),

-- an incident that something else caused says nothing of the change
incidents as (

    select
        changes.change_kind,
        changes.change_id,
        incidents.downtime_minutes,
        incidents.caused_by_id is null
        or strpos('/' || changes.change_id || '/', '/' || incidents.caused_by_id || '/') > 0 as is_of_it,
        incidents.incident_date >= {{ add_days('changes.start_date', -28) }}
        and incidents.incident_date < changes.start_date as is_former,
        incidents.incident_date between changes.start_date and touched.last_date as is_since
    from {{ ref('int_changes') }} as changes
    inner join touched on changes.change_kind = touched.change_kind and changes.change_id = touched.change_id
    inner join {{ ref('int_incidents') }} as incidents
        on touched.scope_type = incidents.scope_type and touched.scope_id = incidents.scope_id

),

reliability as (

    select
        change_kind,
        change_id,
        countif(is_of_it and is_former) as former_incident_count,
        countif(is_of_it and is_since) as incident_count,
        sum(case when is_of_it and is_former then downtime_minutes else 0 end) as former_downtime_minutes,
        sum(case when is_of_it and is_since then downtime_minutes else 0 end) as downtime_minutes
    from incidents
    group by change_kind, change_id

),

beside as (

    select
        changes.*,
        costs.observed_days,
        {{ ratio('costs.former_cost', '28') }} as former_daily_cost,
        {{ ratio('costs.since_cost', 'costs.observed_days') }} as daily_cost,
        reliability.former_incident_count,
        reliability.incident_count,
        reliability.former_downtime_minutes,
        reliability.downtime_minutes,
        {{ ratio('reliability.former_downtime_minutes', '28') }} as former_daily_minutes,
        {{ ratio('reliability.downtime_minutes', 'costs.observed_days') }} as daily_minutes
    from {{ ref('int_changes') }} as changes
    inner join costs on changes.change_kind = costs.change_kind and changes.change_id = costs.change_id
    left join reliability
        on changes.change_kind = reliability.change_kind and changes.change_id = reliability.change_id

)

select
    change_kind,
    change_id,
    change_type,
    scope_type,
    scope_id,
    service_name,
    currency,
    start_date,
    cast(observed_days as bigint) as observed_days,
    former_daily_cost,
    daily_cost,
    {{ money('daily_cost - former_daily_cost') }} as change_daily_cost,
    planned_daily_cost,
    {{ ratio('daily_cost - former_daily_cost', 'planned_daily_cost') }} as realized_share,
    cast(former_incident_count as bigint) as former_incident_count,
    cast(incident_count as bigint) as incident_count,
    {{ money('former_downtime_minutes') }} as former_downtime_minutes,
    {{ money('downtime_minutes') }} as downtime_minutes,
    case when observed_days < 7 then 'too_early' else 'measured' end as impact_state,
    case
        when former_incident_count is null then 'no_incidents_told'
        when observed_days < 28 then 'too_early'
        when daily_minutes > former_daily_minutes then 'worse'
        else 'not_worse'
    end as reliability_state
from beside
