-- One alert per cause, with the others of that cause as its evidence: the budget that was missed, the one that will be,
-- and months in a row are one thing, and so is what a scope above costs too much because of one below it, and the
-- silence of all sources of a provider.
{% set worst = 'max(' ~ severity_rank('severity') ~ ') over (partition by told_as_id)' %}
with conditions as (

    select
        *,
        coalesce(impact_cost, 0) < 0 as is_less,
        case
            when cause is null or currency is null then alert_id
            when impact_cost < 0 then cause || ':less:' || scope_type || ':' || scope_id || ':' || currency
            else cause || ':more:' || scope_type || ':' || scope_id || ':' || currency
        end as cause_id
    from {{ ref('alert_conditions') }}

),

spending as (

    select
        cause_id,
        scope_type,
        scope_id,
        currency,
        is_less,
        max(abs(impact_cost)) as cost
    from conditions
    where cause = 'spending'
    group by cause_id, scope_type, scope_id, currency, is_less

),

-- of a scope above the one below it that makes most of the difference
made_below as (

    select
        above.cause_id,
        below.cause_id as told_by_id
    from spending as below
    inner join {{ ref('dim_scopes') }} as scopes
        on below.scope_type = scopes.scope_type and below.scope_id = scopes.scope_id
    inner join spending as above
        on
            below.currency = above.currency
            and below.is_less = above.is_less
            and scopes.parent_scope_type = above.scope_type
            and scopes.parent_scope_id = above.scope_id
    where below.cost * 10 >= above.cost * 6
    qualify row_number() over (partition by above.cause_id order by below.cost desc, below.cause_id asc) = 1

),

told as (

    select
        conditions.*,
        silences.scope_type as shared_scope_type,
        silences.scope_id as shared_scope_id,
        silences.title as shared_title,
        coalesce(silences.told_as_id, deeper.told_by_id, made_below.told_by_id, conditions.cause_id) as told_as_id
    from conditions
    left join {{ ref('alert_silences') }} as silences on conditions.alert_id = silences.alert_id
    left join made_below on conditions.cause_id = made_below.cause_id
    left join made_below as deeper on made_below.told_by_id = deeper.cause_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by told_as_id
            order by
                case when cause_id = told_as_id then 1 else 2 end asc,
                {{ severity_rank('severity') }} desc,
                abs(coalesce(impact_cost, 0)) desc,
                alert_id asc
        ) as place,
        case {{ worst }} when 3 then 'critical' when 2 then 'warning' else 'info' end as worst_severity
    from told

),

-- many SKUs may have one name
also as (

    select
        told_as_id,
        min(place) as place,
        title || case when count(*) > 1 then ' (' || cast(count(*) as string) || ' times)' else '' end as words
    from ranked
    where place > 1
    group by told_as_id, title

),

evidence as (

    select
        told_as_id,
        string_agg(words, '; ' order by place) as titles
    from also
    group by told_as_id

)

select
    ranked.told_as_id as alert_id,
    ranked.alert_kind,
    ranked.worst_severity as severity,
    coalesce(ranked.shared_scope_type, ranked.scope_type) as scope_type,
    coalesce(ranked.shared_scope_id, ranked.scope_id) as scope_id,
    ranked.subject,
    ranked.owner,
    ranked.owner_contact,
    ranked.currency,
    ranked.alert_value,
    ranked.threshold_value,
    ranked.impact_cost,
    coalesce(ranked.shared_title, ranked.title) as title,
    ranked.message || coalesce(' Also: ' || evidence.titles || '.', '') as message,
    ranked.link_query,
    ranked.channel,
    ranked.refire_days
from ranked
left join evidence on ranked.told_as_id = evidence.told_as_id
where ranked.place = 1
