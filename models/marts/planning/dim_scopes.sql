-- Who is part of whom. Where a scope has had several parents, the one of its newest cost counts.
with scopes as (

    select
        scope_type,
        scope_id,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id

),

children as (

    select
        'team' as scope_type,
        team as scope_id,
        'business_unit' as parent_scope_type,
        business_unit as parent_scope_id,
        max(charge_date) as last_charge_date
    from {{ ref('fct_planning_costs_daily') }}
    group by team, business_unit
    union all
    select
        'service' as scope_type,
        coalesce(service_name, {{ unknown_scope() }}) as scope_id,
        'provider' as parent_scope_type,
        service_provider_name as parent_scope_id,
        max(charge_date) as last_charge_date
    from {{ ref('fct_planning_costs_daily') }}
    group by coalesce(service_name, {{ unknown_scope() }}), service_provider_name
    union all
    select
        'sub_account' as scope_type,
        coalesce(sub_account_id, {{ unknown_scope() }}) as scope_id,
        'billing_account' as parent_scope_type,
        coalesce(billing_account_id, {{ unknown_scope() }}) as parent_scope_id,
        max(charge_date) as last_charge_date
    from {{ ref('fct_planning_costs_daily') }}
    group by coalesce(sub_account_id, {{ unknown_scope() }}), coalesce(billing_account_id, {{ unknown_scope() }})

),

parents as (

    select *
    from children
    qualify row_number() over (
        partition by scope_type, scope_id
        order by last_charge_date desc, parent_scope_id asc
    ) = 1

)

select
    scopes.scope_type,
    scopes.scope_id,
    case
        when scopes.scope_type = 'company' then null
        else coalesce(parents.parent_scope_type, 'company')
    end as parent_scope_type,
    case
        when scopes.scope_type = 'company' then null
        else coalesce(parents.parent_scope_id, 'all')
    end as parent_scope_id,
    scopes.first_charge_date,
    scopes.last_charge_date
from scopes
left join parents
    on scopes.scope_type = parents.scope_type and scopes.scope_id = parents.scope_id
