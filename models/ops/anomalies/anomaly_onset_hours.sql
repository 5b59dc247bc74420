-- At which hour it began: the first day of an anomaly by the hour, for what made it (its largest SKUs in its largest
-- accounts, and of these what lines say is of its scope; owners are known by day alone), beside the same hours of the
-- days of its kind (working days or weekends) in the week before. Only what began in the newest month: lines are read
-- for the days asked. The hour in which it began is what the search says; of an anomaly of days it is the first with
-- half of the largest difference of that day.
with recent as (

    select
        anomaly_id,
        scope_type,
        scope_id,
        direction,
        onset_date,
        onset_hour,
        max(onset_date) over () as newest_date
    from {{ source('analysis', 'anomalies') }}
    where told_by_id is null

),

makers as (

    select
        recent.anomaly_id,
        recent.scope_type,
        recent.scope_id,
        recent.direction,
        recent.onset_date,
        extract(hour from recent.onset_hour) as onset_hour,
        case when {{ is_weekend('recent.onset_date') }} then 2 else 5 end as former_days,
        by_account.driver_id as sub_account_id,
        by_sku.driver_id as sku_id
    from recent
    inner join {{ ref('anomaly_drivers') }} as by_account
        on recent.anomaly_id = by_account.anomaly_id and by_account.driver_type = 'sub_account'
    inner join {{ ref('anomaly_drivers') }} as by_sku
        on recent.anomaly_id = by_sku.anomaly_id and by_sku.driver_type = 'sku'
    where recent.onset_date >= {{ add_days('recent.newest_date', -30) }}

),

by_hour as (

    select
        makers.anomaly_id,
        makers.direction,
        makers.onset_date,
        makers.onset_hour,
        makers.former_days,
        charges.billing_currency as currency,
        {{ hours_between('cast(charges.charge_date as timestamp)', 'charges.charge_period_start') }} as hour_of_day,
        sum(case when charges.charge_date = makers.onset_date then charges.effective_cost else 0 end) as actual_cost,
        sum(case when charges.charge_date < makers.onset_date then charges.effective_cost else 0 end) as former_cost
    from makers
    inner join {{ ref('int_focus_lines') }} as charges
        on
            makers.sub_account_id = coalesce(charges.sub_account_id, {{ unknown_scope() }})
            and makers.sku_id = coalesce(charges.sku_id, {{ unknown_scope() }})
            and (
                makers.scope_id
                = coalesce({{ scope_of('charges', 'makers.scope_type', line_scopes()) }}, {{ unknown_scope() }})
                or makers.scope_type not in (
                    {% for name in line_scopes() %}
                        '{{ name }}',
                    {%- endfor %}
                    'company'
                )
            )
            and charges.charge_date between {{ add_days('makers.onset_date', -7) }} and makers.onset_date
            and {{ is_weekend('charges.charge_date') }} = {{ is_weekend('makers.onset_date') }}
    where
        charges.charge_category = 'Usage'
        and {{ hours_between('charges.charge_period_start', 'charges.charge_period_end') }} <= 1
    group by
        makers.anomaly_id, makers.direction, makers.onset_date, makers.onset_hour, makers.former_days,
        charges.billing_currency,
        {{ hours_between('cast(charges.charge_date as timestamp)', 'charges.charge_period_start') }}

),

beside_usual as (

    select
        *,
        {{ money('round(former_cost / former_days, 9)') }} as usual_cost
    from by_hour

),

differing as (

    select
        *,
        case when direction = 'up' then 1 else -1 end * (actual_cost - usual_cost) as excess_cost
    from beside_usual

),

judged as (

    select
        *,
        excess_cost > 0
        and excess_cost * 2 >= max(excess_cost) over (partition by anomaly_id, currency) as is_high
    from differing

)

select
    anomaly_id,
    currency,
    onset_date,
    cast(hour_of_day as bigint) as hour_of_day,
    actual_cost,
    usual_cost,
    actual_cost - usual_cost as difference_cost,
    coalesce(
        hour_of_day = coalesce(
            onset_hour, min(case when is_high then hour_of_day end) over (partition by anomaly_id, currency)
        ),
        false
    ) as is_onset_hour
from judged
