-- Who made the difference: the first week of an anomaly beside the mean of the four weeks before it, by account,
-- service, SKU and resource; the five largest of each. A renamed team is told under its new name for all its days. An
-- anomaly of hours has charges of its own.
with told as (

    select
        anomaly_id,
        scope_type,
        scope_id,
        currency,
        direction,
        onset_date,
        least(last_date, {{ add_days('onset_date', 6) }}) as until_date
    from {{ source('analysis', 'anomalies') }}
    where told_by_id is null and onset_hour is null

),

of_days as (

    select
        told.anomaly_id,
        told.direction,
        charges.sub_account_id,
        charges.service_name,
        charges.sku_id,
        charges.resource_id,
        sum(case when charges.charge_date >= told.onset_date then charges.effective_cost else 0 end) as actual_cost,
        sum(case when charges.charge_date < told.onset_date then charges.effective_cost else 0 end)
        * ({{ date_difference('told.onset_date', 'told.until_date') }} + 1) as former_cost
    from told
    inner join {{ ref('anomaly_charges') }} as charges
        on
            told.currency = charges.currency
            and charges.charge_date between {{ add_days('told.onset_date', -28) }} and told.until_date
            and (
                told.scope_id = {{ scope_of('charges', 'told.scope_type') }}
                or (told.scope_type = 'team' and told.scope_id = charges.renamed_team)
            )
    group by
        told.anomaly_id, told.direction, charges.sub_account_id, charges.service_name, charges.sku_id,
        charges.resource_id, told.onset_date, told.until_date

),

charged as (

    select
        anomaly_id,
        direction,
        sub_account_id,
        service_name,
        sku_id,
        resource_id,
        actual_cost,
        {{ money('round(former_cost / 28, 9)') }} as expected_cost
    from of_days
    union all
    select
        anomaly_id,
        direction,
        sub_account_id,
        service_name,
        sku_id,
        resource_id,
        actual_cost,
        expected_cost
    from {{ ref('anomaly_hour_charges') }}

),

by_driver as (
    {% for driver_type, column in {
        'sub_account': 'sub_account_id', 'service': 'service_name', 'sku': 'sku_id', 'resource': 'resource_id',
    }.items() %}
        select
            anomaly_id,
            direction,
            '{{ driver_type }}' as driver_type,
            coalesce({{ column }}, {{ unknown_scope() }}) as driver_id,
            {{ money('sum(actual_cost)') }} as actual_cost,
            {{ money('sum(expected_cost)') }} as expected_cost
        from charged
        group by anomaly_id, direction, coalesce({{ column }}, {{ unknown_scope() }})
        {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    anomaly_id,
    driver_type,
    driver_id,
    row_number() over (
        partition by anomaly_id, driver_type
        order by
            case when direction = 'up' then actual_cost - expected_cost else expected_cost - actual_cost end desc,
            driver_id
    ) as driver_rank,
    actual_cost,
    expected_cost,
    actual_cost - expected_cost as impact_cost
from by_driver
where
    (direction = 'up' and actual_cost > expected_cost)
    or (direction = 'down' and actual_cost < expected_cost)
qualify driver_rank <= 5
