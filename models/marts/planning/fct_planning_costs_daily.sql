-- Cost in the one currency that a company plans in: the reporting currency where a rule sets one, else the bill's own.
-- A charge whose rate is missing is left out, as `missing_rates` says; half an amount would be read as a whole one.
select
    cost.service_provider_name,
    cost.billing_account_id,
    cost.sub_account_id,
    cost.service_name,
    cost.region_id,
    cost.team,
    cost.business_unit,
    cost.product,
    cost.environment,
    cost.cost_center,
    cost.charge_category,
    cost.charge_date,
    cost.posted_month,
    coalesce(rates.reporting_currency, cost.billing_currency) as currency,
    sum({{ in_planning_currency('billed_cost') }}) as billed_cost,
    sum({{ in_planning_currency('effective_cost') }}) as effective_cost,
    sum({{ in_planning_currency('contracted_cost') }}) as contracted_cost,
    sum({{ in_planning_currency('list_cost') }}) as list_cost,
    cast(sum(cost.line_count) as bigint) as line_count
from {{ ref('fct_cost_daily') }} as cost
left join {{ ref('fct_reporting_rates') }} as rates
    on {{ same_rate('cost', 'rates') }}
where {{ has_planning_currency() }}
group by
    cost.service_provider_name, cost.billing_account_id, cost.sub_account_id, cost.service_name, cost.region_id,
    cost.team, cost.business_unit, cost.product, cost.environment, cost.cost_center,
    cost.charge_category, cost.charge_date, cost.posted_month,
    coalesce(rates.reporting_currency, cost.billing_currency)
