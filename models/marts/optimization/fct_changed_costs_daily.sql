-- What the scope of a change cost on the days around it: four weeks before, and after it at most four weeks that are
-- whole. A change that ended sooner counts as long as it lasted.
with begun as (

    select
        changes.*,
        {{ add_days('changes.start_date', -28) }} as first_date,
        least(
            {{ add_days('changes.start_date', 27) }},
            {{ add_days('coalesce(changes.end_date, ' ~ add_days('changes.start_date', 28) ~ ')', -1) }},
            clock.complete_through_date
        ) as last_date
    from {{ ref('int_changes') }} as changes
    inner join {{ ref('dim_cost_clock') }} as clock on changes.start_date <= clock.complete_through_date

),

of_scopes as (

    select
        begun.change_kind,
        begun.change_id,
        costs.charge_date,
        costs.team,
        costs.product,
        costs.effective_cost
    from begun
    inner join {{ ref('fct_planning_costs_daily') }} as costs
        on
            begun.currency = costs.currency
            and costs.charge_date between begun.first_date and begun.last_date
            and begun.scope_id = {{ scope_of('costs', 'begun.scope_type') }}
            and (begun.service_name is null or begun.service_name = costs.service_name)
    where costs.charge_category = 'Usage'

),

of_resources as (

    select
        begun.change_kind,
        begun.change_id,
        charges.charge_date,
        owners.team,
        owners.product,
        charges.effective_cost
    from begun
    inner join {{ ref('int_charges_daily') }} as charges
        on
            begun.scope_id = lower(charges.resource_id)
            and begun.currency = charges.billing_currency
            and charges.charge_date between begun.first_date and begun.last_date
    left join {{ ref('int_owners') }} as owners
        on {{ has_owner('charges', 'owners') }}
    where begun.scope_type = 'resource' and charges.charge_category = 'Usage'

),

days as (

    select * from of_scopes
    union all
    select * from of_resources

)

select
    begun.change_kind,
    begun.change_id,
    begun.last_date,
    days.charge_date,
    days.team,
    days.product,
    {{ money('sum(days.effective_cost)') }} as effective_cost
from begun
inner join days on begun.change_kind = days.change_kind and begun.change_id = days.change_id
group by begun.change_kind, begun.change_id, begun.last_date, days.charge_date, days.team, days.product
