-- By how much the share of cost without a tag rose: the last 28 days against the 28 before.
with days as (

    select
        service_provider_name,
        billing_currency,
        is_tagged,
        effective_cost,
        charge_date > {{ add_days('max(charge_date) over ()', -28) }} as is_recent,
        charge_date > {{ add_days('max(charge_date) over ()', -56) }} as is_compared
    from {{ ref('fct_cost_daily') }}
    where
        charge_category = 'Usage'
        and coalesce(commitment_discount_status, 'Used') <> 'Unused'
        and charge_date <= cast({{ as_of() }} as date)

),

scopes as (

    select
        *,
        'company' as scope_type,
        'all' as scope_id
    from days
    where is_compared
    union all
    select
        *,
        'provider' as scope_type,
        service_provider_name as scope_id
    from days
    where is_compared and service_provider_name is not null

),

shares as (

    select
        scope_type,
        scope_id,
        billing_currency,
        sum(case when is_recent and not is_tagged then effective_cost else 0 end) as untagged_cost,
        sum(case when is_recent then effective_cost else 0 end) as all_cost,
        sum(case when not is_recent and not is_tagged then effective_cost else 0 end) as former_untagged_cost,
        sum(case when not is_recent then effective_cost else 0 end) as former_all_cost
    from scopes
    group by scope_type, scope_id, billing_currency

)

select
    'untagged_drift' as alert_kind,
    scope_type,
    scope_id,
    cast(null as string) as subject,
    billing_currency as currency,
    {{ ratio('untagged_cost', 'all_cost') }} - {{ ratio('former_untagged_cost', 'former_all_cost') }} as alert_value,
    untagged_cost - former_untagged_cost as impact_cost,
    'More cost without a tag in {scope}' as title,
    'Without a tag cost ' || {{ amount_words('untagged_cost') }} || ' of '
    || {{ amount_words('all_cost', 'billing_currency') }} || ' in 28 days; in the 28 before '
    || {{ amount_words('former_untagged_cost') }} || ' of ' || {{ amount_words('former_all_cost') }}
    || '.' as finding,
    'select service_name, sub_account_id, sum(effective_cost) from cost_daily where not is_tagged group by all '
    || 'order by 3 desc' as link_query
from shares
where all_cost > 0 and former_all_cost > 0
