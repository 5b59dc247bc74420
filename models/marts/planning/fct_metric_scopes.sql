-- Which metric is held against whose cost: each against the cost of its own scope; the company's against every scope
-- that has no such metric of its own.
select distinct
    metric_id,
    scope_type as metric_scope_type,
    scope_id as metric_scope_id,
    scope_type,
    scope_id
from {{ ref('fct_metrics_monthly') }}
union all
select distinct
    company.metric_id,
    company.scope_type as metric_scope_type,
    company.scope_id as metric_scope_id,
    scopes.scope_type,
    scopes.scope_id
from {{ ref('fct_metrics_monthly') }} as company
cross join {{ ref('dim_scopes') }} as scopes
left join {{ ref('fct_metrics_monthly') }} as own
    on
        company.metric_id = own.metric_id
        and scopes.scope_type = own.scope_type
        and scopes.scope_id = own.scope_id
where
    company.scope_type = 'company'
    and scopes.scope_type <> 'company'
    and own.metric_id is null
