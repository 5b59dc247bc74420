{{ config(materialized='table') }}

-- Both months of each pair, one below the other. What has another owner now counts there in the former month too, so
-- that a move is no growth; `former_team` says who had it.
with compared as (

    select
        pairs.comparison,
        pairs.posted_month as period_month,
        pairs.is_partial,
        months.*
    from {{ ref('int_bridge_pairs') }} as pairs
    inner join {{ ref('int_bridge_months') }} as months
        on months.posted_month in (pairs.posted_month, pairs.former_month)
    where not pairs.is_partial
    union all
    select
        pairs.comparison,
        pairs.posted_month as period_month,
        pairs.is_partial,
        {{ all_but(['open_month'], 'months') }}
    from {{ ref('int_bridge_pairs') }} as pairs
    inner join {{ ref('int_bridge_to_date') }} as months
        on
            pairs.posted_month = months.open_month
            and months.posted_month in (pairs.posted_month, pairs.former_month)
    where pairs.is_partial

),

-- who has it now: only what one team has alone can have moved as a whole
owners as (

    select
        posted_month,
        source_name,
        sub_account_id,
        service_name,
        owned_id,
        max(team) as owner_team,
        max(business_unit) as owner_business_unit
    from {{ ref('int_bridge_months') }}
    where cost_kind <> 'restatement'
    group by posted_month, source_name, sub_account_id, service_name, owned_id
    having count(distinct team) = 1 and count(distinct business_unit) = 1

)

select
    compared.comparison,
    compared.period_month,
    compared.posted_month <> compared.period_month as is_former,
    compared.source_name,
    compared.billing_month,
    compared.billing_currency,
    compared.service_provider_name,
    compared.service_name,
    compared.cost_kind,
    compared.price_key,
    compared.pricing_unit,
    compared.sku_meter,
    coalesce(owners.owner_team, compared.team) as team,
    coalesce(owners.owner_business_unit, compared.business_unit) as business_unit,
    compared.team as former_team,
    compared.business_unit as former_business_unit,
    sum(compared.pricing_quantity) as pricing_quantity,
    sum(compared.usage_cost) as usage_cost,
    sum(compared.commitment_effect_cost) as commitment_effect_cost,
    sum(compared.effective_cost) as effective_cost
from compared
left join owners
    on
        compared.posted_month <> compared.period_month
        and compared.period_month = owners.posted_month
        and compared.source_name = owners.source_name
        and {{ same('compared.sub_account_id', 'owners.sub_account_id') }}
        and compared.service_name = owners.service_name
        and compared.owned_id = owners.owned_id
group by
    compared.comparison, compared.period_month, compared.posted_month <> compared.period_month, compared.source_name,
    compared.billing_month, compared.billing_currency, compared.service_provider_name, compared.service_name,
    compared.cost_kind, compared.price_key, compared.pricing_unit, compared.sku_meter,
    coalesce(owners.owner_team, compared.team), coalesce(owners.owner_business_unit, compared.business_unit),
    compared.team, compared.business_unit
