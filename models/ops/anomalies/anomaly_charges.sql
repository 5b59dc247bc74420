-- The charges of the days that anomalies of days are about, and of the four weeks before them, with their owners.
with bounds as (

    select distinct
        {{ add_days('onset_date', -28) }} as first_day,
        {{ add_days('onset_date', 6) }} as last_day
    from {{ source('analysis', 'anomalies') }}
    where told_by_id is null and onset_hour is null

),

wanted as (

    select distinct wanted_day as charge_date
    from bounds, unnest({{ days_between('first_day', 'last_day') }}) as wanted_day

)

select
    cost.charge_date,
    {{ planning_currency() }} as currency,
    cost.service_provider_name,
    coalesce(cost.billing_account_id, {{ unknown_scope() }}) as billing_account_id,
    coalesce(cost.sub_account_id, {{ unknown_scope() }}) as sub_account_id,
    coalesce(cost.service_name, {{ unknown_scope() }}) as service_name,
    coalesce(cost.region_id, {{ unknown_scope() }}) as region_id,
    cost.sku_id,
    cost.resource_id,
    owners.team,
    renamed.renamed_team,
    owners.business_unit,
    coalesce(owners.product, {{ unknown_scope() }}) as product,
    coalesce(owners.environment, {{ unknown_scope() }}) as environment,
    coalesce(owners.cost_center, {{ unknown_scope() }}) as cost_center,
    sum({{ in_planning_currency('effective_cost') }}) as effective_cost
from {{ ref('int_charges_daily') }} as cost
inner join wanted on cost.charge_date = wanted.charge_date
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('cost', 'owners') }}
left join {{ ref('int_renamed_teams') }} as renamed on owners.team = renamed.team
left join {{ ref('fct_reporting_rates') }} as rates on {{ same_rate('cost', 'rates') }}
where
    cost.charge_category in ('Usage', 'Purchase')
    and {{ has_planning_currency() }}
group by all
