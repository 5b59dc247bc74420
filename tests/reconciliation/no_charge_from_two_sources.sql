{{ config(severity='warn') }}

-- The same charge in two sources is one charge exported twice: a billing account and one of its subscriptions, an
-- account under two names, or one bill in two formats. Everything of it counts twice. Formats tell different resources
-- and meters of the same charge, so whole days of a sub account are compared as well; and they round differently.
with shared_days as (

    -- what one source alone tells of, which is nearly everything, is not compared charge by charge
    select
        billing_month,
        billing_currency,
        sub_account_id,
        charge_date
    from {{ ref('int_charges_daily') }}
    where
        -- of the months that change in this run all sources: the other one may have been there for long
        billing_month in (
            select rebuilt.billing_month from {{ ref('int_charges_daily') }} as rebuilt
            where {{ in_rebuild('rebuilt') }}
        )
    group by billing_month, billing_currency, sub_account_id, charge_date
    having min(source_name) <> max(source_name)

),

charges as (

    select
        cost.source_name,
        cost.billing_month,
        cost.billing_currency,
        cost.sub_account_id,
        cost.charge_date,
        coalesce(lower(cost.resource_id), cost.sku_meter, 'no meter') as charge_key,
        sum(cost.billed_cost) as billed_cost
    from {{ ref('int_charges_daily') }} as cost
    inner join shared_days
        on
            cost.billing_month = shared_days.billing_month
            and cost.billing_currency = shared_days.billing_currency
            and {{ same('cost.sub_account_id', 'shared_days.sub_account_id') }}
            and cost.charge_date = shared_days.charge_date
    where (cost.resource_id is not null or cost.sub_account_id is not null) and cost.billed_cost <> 0
    group by
        cost.source_name, cost.billing_month, cost.billing_currency, cost.sub_account_id, cost.charge_date,
        coalesce(lower(cost.resource_id), cost.sku_meter, 'no meter')
    union all
    select
        source_name,
        billing_month,
        billing_currency,
        sub_account_id,
        charge_date,
        'whole day' as charge_key,
        round(sum(billed_cost), 4) as billed_cost
    from {{ ref('fct_cost_daily') }}
    where charge_category = 'Usage' and sub_account_id is not null
    group by source_name, billing_month, billing_currency, sub_account_id, charge_date

),

repeated as (

    select
        *,
        min(source_name) over (
            partition by billing_month, billing_currency, sub_account_id, charge_date, charge_key, billed_cost
        ) as first_source_name
    from charges

)

select
    source_name,
    first_source_name,
    billing_month,
    billing_currency,
    countif(charge_key <> 'whole day') as charge_count,
    countif(charge_key = 'whole day') as whole_days,
    greatest(
        sum(case when charge_key <> 'whole day' then billed_cost else 0 end),
        sum(case when charge_key = 'whole day' then billed_cost else 0 end)
    ) as repeated_cost,
    first_source_name || ' and ' || source_name || ' both have ' || cast(countif(charge_key <> 'whole day') as string)
    || ' of the same charges and ' || cast(countif(charge_key = 'whole day') as string) || ' of the same days in '
    || substr(cast(billing_month as string), 1, 7) as finding
from repeated
where source_name <> first_source_name
group by source_name, first_source_name, billing_month, billing_currency
