-- What a new customer costs: sales and marketing and the cloud cost of winning customers, over the customers won. Cloud
-- cost is that of the scope that reports both; of the company as a whole only the share that is said to be for it.
with metrics as (

    select
        scope_type,
        scope_id,
        metric_month,
        currency,
        effective_cost,
        max(case when metric_id = 'sales_marketing_cost' and reason is null then metric_value end) as sales_cost,
        max(case when metric_id = 'new_customers' and reason is null then metric_value end) as customers,
        max(case when metric_id = 'acquisition_share' and reason is null then metric_value end) as share
    from {{ ref('fct_unit_economics_monthly') }}
    where
        metric_id in ('sales_marketing_cost', 'new_customers', 'acquisition_share')
        and scope_type = metric_scope_type
        and scope_id = metric_scope_id
    group by scope_type, scope_id, metric_month, currency, effective_cost

),

attributed as (

    select
        *,
        case
            when share is not null then {{ money('round(effective_cost * share, 9)') }}
            when scope_type <> 'company' then effective_cost
        end as cloud_cost
    from metrics

)

select
    scope_type,
    scope_id,
    metric_month as period_month,
    currency,
    {{ money('sales_cost') }} as sales_marketing_cost,
    {{ money('cloud_cost') }} as acquisition_cloud_cost,
    {{ money('customers') }} as new_customers,
    {{ ratio('sales_cost + cloud_cost', 'customers') }} as acquisition_unit_cost,
    {{ ratio('cloud_cost', 'customers') }} as acquisition_cloud_unit_cost,
    case
        when sales_cost is null then 'no_sales_marketing_cost'
        when customers is null then 'no_new_customers'
        when cloud_cost is null then 'no_acquisition_share'
        else 'known'
    end as acquisition_state
from attributed
where sales_cost is not null or customers is not null
