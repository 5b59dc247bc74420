-- What deserves an alert now: each signal against the most specific rule, else what its kind says. Titles say `{scope}`
-- for what they are about, which is called by its name here: accounts have one besides their id.
with rules as (

    select
        *,
        case when scope_id is not null then 1 when scope_type is not null then 2 else 3 end as rule_rank
    from {{ source('raw', 'rule_alerts') }}
    where
        cast({{ as_of() }} as date) >= coalesce(valid_from, date '0001-01-01')
        and cast({{ as_of() }} as date) < coalesce(valid_to, date '9999-12-31')

),

accounts as (

    select
        'sub_account' as scope_type,
        sub_account_id as scope_id,
        sub_account_name as scope_name
    from {{ ref('dim_sub_accounts') }}
    where sub_account_name is not null
    qualify row_number() over (partition by sub_account_id order by last_charge_date desc, sub_account_name asc) = 1

),

judged as (

    select
        signals.*,
        kinds.cause,
        kinds.direction,
        kinds.what_to_do,
        coalesce(rules.threshold_value, kinds.threshold_value) as threshold_value,
        coalesce(rules.escalation_value, kinds.escalation_value) as escalation_value,
        coalesce(rules.minimum_cost, kinds.minimum_cost, 0) as minimum_cost,
        coalesce(rules.severity, kinds.severity) as severity,
        coalesce(rules.refire_days, kinds.refire_days) as refire_days,
        rules.channel
    from {{ ref('alert_signals') }} as signals
    inner join {{ ref('alert_kinds') }} as kinds on signals.alert_kind = kinds.alert_kind
    left join rules
        on
            signals.alert_kind = rules.alert_kind
            and (rules.scope_type is null or signals.scope_type = rules.scope_type)
            and (rules.scope_id is null or signals.scope_id = rules.scope_id)
    qualify row_number() over (partition by signals.alert_id order by rules.rule_rank) = 1

),

named as (

    select
        judged.*,
        replace(judged.title, '{scope}', case judged.scope_type
            when 'company' then 'the company'
            else replace(judged.scope_type, '_', ' ') || ' ' || coalesce(accounts.scope_name, judged.scope_id)
        end) as named_title
    from judged
    left join accounts
        on judged.scope_type = accounts.scope_type and judged.scope_id = accounts.scope_id

)

select
    named.alert_id,
    named.alert_kind,
    named.cause,
    case
        when named.direction = 'above' and named.alert_value >= named.escalation_value then 'critical'
        when named.direction = 'below' and named.alert_value <= named.escalation_value then 'critical'
        else named.severity
    end as severity,
    named.scope_type,
    named.scope_id,
    named.subject,
    case
        when owners.owner is not null then owners.owner
        when named.scope_type = 'team' then named.scope_id
        else coalesce(parents.owner, company.owner)
    end as owner,
    case
        when owners.owner is not null then owners.owner_contact
        when named.scope_type = 'team' then null
        when parents.owner is not null then parents.owner_contact
        else company.owner_contact
    end as owner_contact,
    named.currency,
    named.alert_value,
    named.threshold_value,
    named.impact_cost,
    upper(substr(named.named_title, 1, 1)) || substr(named.named_title, 2) as title,
    named.finding || ' ' || named.what_to_do as message,
    named.link_query,
    named.channel,
    named.refire_days
from named
left join {{ ref('alert_owners') }} as owners
    on named.scope_type = owners.scope_type and named.scope_id = owners.scope_id
left join {{ ref('dim_scopes') }} as scopes
    on named.scope_type = scopes.scope_type and named.scope_id = scopes.scope_id
left join {{ ref('alert_owners') }} as parents
    on scopes.parent_scope_type = parents.scope_type and scopes.parent_scope_id = parents.scope_id
left join {{ ref('alert_owners') }} as company
    on company.scope_type = 'company'
where
    named.severity <> 'off'
    and case
        when named.direction = 'above' then named.alert_value >= named.threshold_value
        else named.alert_value <= named.threshold_value
    end
    and abs(coalesce(named.impact_cost, named.minimum_cost)) >= named.minimum_cost
