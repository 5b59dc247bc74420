-- How much of each commitment was used in the last seven days that its source has.
with days as (

    select
        *,
        max(charge_date) over (partition by source_name) as last_charge_date
    from {{ ref('fct_commitments_daily') }}

),

weeks as (

    select
        commitment_discount_id,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        max(charge_date) as last_day
    from days
    where charge_date > {{ add_days('last_charge_date', -7) }}
    group by commitment_discount_id, billing_currency

)

select
    'commitment_utilization' as alert_kind,
    'commitment' as scope_type,
    commitment_discount_id as scope_id,
    cast(null as string) as subject,
    billing_currency as currency,
    {{ ratio('used_cost', 'used_cost + unused_cost') }} as alert_value,
    unused_cost as impact_cost,
    'Commitment ' || {{ short_name('commitment_discount_id') }} || ' is not used up' as title,
    'In the seven days to ' || cast(last_day as string) || ' unused commitment cost '
    || {{ amount_words('unused_cost', 'billing_currency') }} || ', used '
    || {{ amount_words('used_cost') }} || '.' as finding,
    'select * from commitments_daily where commitment_discount_id = ' || {{ quoted('commitment_discount_id') }}
    || ' order by charge_date desc' as link_query
from weeks
where used_cost + unused_cost > 0
