-- Usage by the hour of the newest seven weeks, where bills know hours: what the search of hours reads. One look at the
-- lines of those days.
with newest as (

    select max(charge_date) as newest_date from {{ ref('fct_cost_daily') }}

)

select
    charges.charge_date,
    extract(hour from charges.charge_period_start) as hour_of_day,
    coalesce(rates.reporting_currency, charges.billing_currency) as currency,
    coalesce(charges.service_provider_name, {{ unknown_scope() }}) as service_provider_name,
    coalesce(charges.billing_account_id, {{ unknown_scope() }}) as billing_account_id,
    coalesce(charges.sub_account_id, {{ unknown_scope() }}) as sub_account_id,
    coalesce(charges.service_name, {{ unknown_scope() }}) as service_name,
    coalesce(charges.region_id, {{ unknown_scope() }}) as region_id,
    sum(
        case
            when rates.reporting_currency is null then charges.effective_cost
            else {{ converted('charges.effective_cost', 'rates.exchange_rate') }}
        end
    ) as effective_cost
from newest
inner join {{ ref('int_focus_lines') }} as charges
    on charges.charge_date between {{ add_days('newest.newest_date', -48) }} and newest.newest_date
left join {{ ref('fct_reporting_rates') }} as rates on {{ same_rate('charges', 'rates') }}
where
    charges.charge_category = 'Usage'
    and {{ hours_between('charges.charge_period_start', 'charges.charge_period_end') }} <= 1
    and (rates.reporting_currency is null or rates.exchange_rate is not null)
group by all
