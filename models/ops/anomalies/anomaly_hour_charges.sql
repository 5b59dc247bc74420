-- What made an anomaly of hours: its charges by account, service, SKU and resource, beside those of the same hours on
-- the days of its kind (working days or weekends) in the four weeks before, which share what it was expected to cost.
-- Only what began in the newest month: lines are read for the days asked.
with told as (

    select
        *,
        max(onset_date) over () as newest_date
    from {{ source('analysis', 'anomalies') }}
    where told_by_id is null and onset_hour is not null

),

-- hours may go on after midnight
parts as (

    select
        told.anomaly_id,
        told.scope_type,
        told.scope_id,
        told.currency,
        told.direction,
        told.expected_cost,
        part_date,
        case when part_date = told.onset_date then extract(hour from told.onset_hour) else 0 end as first_hour,
        case when part_date = told.last_date then extract(hour from told.last_hour) else 23 end as until_hour
    from told, unnest({{ days_between('told.onset_date', 'told.last_date') }}) as part_date
    where told.onset_date >= {{ add_days('told.newest_date', -30) }}

),

wanted as (

    select
        parts.*,
        wanted_day as charge_date
    from parts, unnest({{ days_between(add_days('parts.part_date', -28), 'parts.part_date') }}) as wanted_day
    where {{ is_weekend('wanted_day') }} = {{ is_weekend('parts.part_date') }}

),

charged as (

    select
        wanted.anomaly_id,
        wanted.direction,
        wanted.expected_cost,
        cost.sub_account_id,
        cost.service_name,
        cost.sku_id,
        cost.resource_id,
        wanted.charge_date = wanted.part_date as is_actual,
        {{ in_planning_currency('effective_cost') }} as effective_cost
    from wanted
    inner join {{ ref('int_focus_lines') }} as cost
        on
            wanted.charge_date = cost.charge_date
            and wanted.scope_id
            = coalesce({{ scope_of('cost', 'wanted.scope_type', line_scopes()) }}, {{ unknown_scope() }})
            and extract(hour from cost.charge_period_start) between wanted.first_hour and wanted.until_hour
    left join {{ ref('fct_reporting_rates') }} as rates on {{ same_rate('cost', 'rates') }}
    where
        cost.charge_category = 'Usage'
        and {{ hours_between('cost.charge_period_start', 'cost.charge_period_end') }} <= 1
        and {{ has_planning_currency() }}
        and wanted.currency = {{ planning_currency() }}

),

by_driver as (

    select
        anomaly_id,
        direction,
        expected_cost,
        sub_account_id,
        service_name,
        sku_id,
        resource_id,
        sum(case when is_actual then effective_cost else 0 end) as actual_cost,
        sum(case when is_actual then 0 else effective_cost end) as former_cost
    from charged
    group by anomaly_id, direction, expected_cost, sub_account_id, service_name, sku_id, resource_id

),

compared as (

    select
        *,
        sum(former_cost) over (partition by anomaly_id) as former_total_cost
    from by_driver

)

select
    anomaly_id,
    direction,
    sub_account_id,
    service_name,
    sku_id,
    resource_id,
    actual_cost,
    coalesce({{ in_proportion('expected_cost', 'former_cost', 'nullif(former_total_cost, 0)') }}, 0) as expected_cost
from compared
