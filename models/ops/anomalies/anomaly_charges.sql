-- The charges of the days that anomalies are about, and of the four weeks before them, with their owners.
with bounds as (

    select distinct
        {{ add_days('onset_date', -28) }} as first_day,
        {{ add_days('onset_date', 6) }} as last_day
    from {{ source('analysis', 'anomalies') }}
    where told_by_id is null

),

wanted as (

    select distinct wanted_day as charge_date
    from bounds, unnest({{ days_between('first_day', 'last_day') }}) as wanted_day

)

select
    charges.charge_date,
    coalesce(rates.reporting_currency, charges.billing_currency) as currency,
    charges.service_provider_name,
    coalesce(charges.billing_account_id, {{ unknown_scope() }}) as billing_account_id,
    coalesce(charges.sub_account_id, {{ unknown_scope() }}) as sub_account_id,
    coalesce(charges.service_name, {{ unknown_scope() }}) as service_name,
    coalesce(charges.region_id, {{ unknown_scope() }}) as region_id,
    charges.sku_id,
    charges.resource_id,
    owners.team,
    renamed.renamed_team,
    owners.business_unit,
    coalesce(owners.product, {{ unknown_scope() }}) as product,
    coalesce(owners.environment, {{ unknown_scope() }}) as environment,
    coalesce(owners.cost_center, {{ unknown_scope() }}) as cost_center,
    sum(
        case
            when rates.reporting_currency is null then charges.effective_cost
            else {{ converted('charges.effective_cost', 'rates.exchange_rate') }}
        end
    ) as effective_cost
from {{ ref('int_charges_daily') }} as charges
inner join wanted on charges.charge_date = wanted.charge_date
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('charges', 'owners') }}
left join {{ ref('int_renamed_teams') }} as renamed on owners.team = renamed.team
left join {{ ref('fct_reporting_rates') }} as rates on {{ same_rate('charges', 'rates') }}
where
    charges.charge_category in ('Usage', 'Purchase')
    and (rates.reporting_currency is null or rates.exchange_rate is not null)
group by all
