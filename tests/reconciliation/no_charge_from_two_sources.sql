{{ config(severity='warn') }}

-- The same charge of one resource and day in two sources is one charge exported twice: a billing account and one of its
-- subscriptions, or an account under two names. Everything of it counts twice. What has no resource is known by its sub
-- account, meter, day and cost.
with charges as (

    select
        source_name,
        billing_month,
        billing_currency,
        sub_account_id,
        charge_date,
        lower(resource_id) as resource_key,
        sku_meter,
        sum(billed_cost) as billed_cost
    from {{ ref('int_charges_daily') }}
    where (resource_id is not null or sub_account_id is not null) and billed_cost <> 0 and {{ in_rebuild() }}
    group by
        source_name, billing_month, billing_currency, sub_account_id, charge_date, lower(resource_id), sku_meter

),

repeated as (

    select
        *,
        min(source_name) over (
            partition by
                billing_month, billing_currency, sub_account_id, charge_date, resource_key, sku_meter, billed_cost
        ) as first_source_name
    from charges

)

select
    source_name,
    first_source_name,
    billing_month,
    billing_currency,
    count(*) as charge_count,
    sum(billed_cost) as repeated_cost
from repeated
where source_name <> first_source_name
group by source_name, first_source_name, billing_month, billing_currency
