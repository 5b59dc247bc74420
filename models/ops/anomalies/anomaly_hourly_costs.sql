-- Usage by the hour of the newest seven weeks of each source, where bills know hours: what the search of hours reads.
-- One look at the lines of those days. A source that comes late reaches as far back from where it ends.
with newest as (

    select
        source_name,
        max(charge_date) as newest_date
    from {{ ref('fct_cost_daily') }}
    where charge_category = 'Usage'
    group by source_name

)

select
    cost.charge_date,
    extract(hour from cost.charge_period_start) as hour_of_day,
    {{ planning_currency() }} as currency,
    cost.source_name,
    coalesce(cost.service_provider_name, {{ unknown_scope() }}) as service_provider_name,
    coalesce(cost.billing_account_id, {{ unknown_scope() }}) as billing_account_id,
    coalesce(cost.sub_account_id, {{ unknown_scope() }}) as sub_account_id,
    coalesce(cost.service_name, {{ unknown_scope() }}) as service_name,
    coalesce(cost.region_id, {{ unknown_scope() }}) as region_id,
    sum({{ in_planning_currency('effective_cost') }}) as effective_cost,
    count(*) as line_count
from newest
inner join {{ ref('int_focus_lines') }} as cost
    on
        newest.source_name = cost.source_name
        and cost.charge_date between {{ add_days('newest.newest_date', -48) }} and newest.newest_date
left join {{ ref('fct_reporting_rates') }} as rates on {{ same_rate('cost', 'rates') }}
where
    cost.charge_category = 'Usage'
    and {{ hours_between('cost.charge_period_start', 'cost.charge_period_end') }} <= 1
    and {{ has_planning_currency() }}
group by all
