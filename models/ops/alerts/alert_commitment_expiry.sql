-- How many days each commitment still has: by its contract or its bill, else 0 once its cost has ended before the last
-- day of its source. What ends is told by its type, and by what it cost in the last 30 days that it had.
with costs as (

    select
        source_name,
        commitment_discount_id,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from {{ ref('fct_commitments_daily') }}
    group by source_name, commitment_discount_id

),

months as (

    select
        commitments.commitment_discount_id,
        commitments.billing_currency,
        max(commitments.commitment_discount_type) as commitment_discount_type,
        sum(commitments.commitment_cost) as month_cost,
        sum(commitments.savings_cost) as month_savings_cost
    from {{ ref('fct_commitments_daily') }} as commitments
    inner join costs
        on
            commitments.source_name = costs.source_name
            and commitments.commitment_discount_id = costs.commitment_discount_id
            and {{ date_difference('commitments.charge_date', 'costs.last_charge_date') }} < 30
    group by commitments.commitment_discount_id, commitments.billing_currency
    qualify row_number() over (
        partition by commitments.commitment_discount_id
        order by sum(commitments.commitment_cost) desc, commitments.billing_currency asc
    ) = 1

),

sources as (

    select
        source_name,
        max(last_charge_date) as last_charge_date
    from costs
    group by source_name

),

silent as (

    select
        costs.commitment_discount_id,
        min({{ add_days('costs.last_charge_date', 1) }}) as end_date
    from costs
    inner join sources
        on
            costs.source_name = sources.source_name
            and {{ date_difference('costs.last_charge_date', 'sources.last_charge_date') }} >= 2
    where costs.last_charge_date > costs.first_charge_date
    group by costs.commitment_discount_id

),

-- what was given back ends earlier than its contract says
ends as (

    select
        coalesce(told.commitment_discount_id, silent.commitment_discount_id) as commitment_discount_id,
        case
            when told.end_date is null or silent.end_date < told.end_date then silent.end_date else told.end_date
        end as end_date
    from {{ ref('int_commitment_ends') }} as told
    full outer join silent on told.commitment_discount_id = silent.commitment_discount_id

)

select
    'commitment_expiry' as alert_kind,
    'commitment' as scope_type,
    ends.commitment_discount_id as scope_id,
    cast(ends.end_date as string) as subject,
    months.billing_currency as currency,
    {{ money('greatest(' ~ date_difference('cast(' ~ as_of() ~ ' as date)', 'ends.end_date') ~ ', 0)') }}
        as alert_value,
    months.month_cost as impact_cost,
    coalesce(months.commitment_discount_type, 'Commitment') || ' ' || {{ short_name('ends.commitment_discount_id') }}
    || case when ends.end_date > cast({{ as_of() }} as date) then ' ends soon' else ' has ended' end as title,
    'Its last day is ' || cast({{ add_days('ends.end_date', -1) }} as string) || '.' || coalesce(
        ' In its last 30 days it cost ' || {{ amount_words('months.month_cost', 'months.billing_currency') }}
        || ' and saved ' || {{ amount_words('months.month_savings_cost') }} || '.', ''
    ) as finding,
    'select * from commitments_daily where commitment_discount_id = ' || {{ quoted('ends.commitment_discount_id') }}
    || ' order by charge_date desc' as link_query
from ends
left join months on ends.commitment_discount_id = months.commitment_discount_id
-- what ended long ago is history
where ends.end_date > {{ add_days('cast(' ~ as_of() ~ ' as date)', -60) }}
