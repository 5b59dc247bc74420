{{ config(severity='warn') }}

-- The same charge in two sources is one charge exported twice: a billing account and one of its subscriptions, an
-- account under two names, or one bill in two formats. Everything of it counts twice. Formats tell different resources
-- and meters of the same charge, so whole days of a sub account are compared as well; and they round differently.
with charges as (

    select
        source_name,
        billing_month,
        billing_currency,
        sub_account_id,
        charge_date,
        coalesce(lower(resource_id), sku_meter, 'no meter') as charge_key,
        sum(billed_cost) as billed_cost
    from {{ ref('int_charges_daily') }}
    where
        (resource_id is not null or sub_account_id is not null) and billed_cost <> 0
        -- of the months that change in this run all sources: the other one may have been there for long
        and billing_month in (
            select rebuilt.billing_month from {{ ref('int_charges_daily') }} as rebuilt
            where {{ in_rebuild('rebuilt') }}
        )
    group by
        source_name, billing_month, billing_currency, sub_account_id, charge_date,
        coalesce(lower(resource_id), sku_meter, 'no meter')
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
