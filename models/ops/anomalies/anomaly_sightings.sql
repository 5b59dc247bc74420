-- The company sees what is told, each thing once; any other scope what was seen in it, told there or not.
select
    'company' as kpi_scope_type,
    'all' as kpi_scope_id,
    {{ month_of('onset_date') }} as period_start,
    *
from {{ ref('anomaly_events') }}
where told_by_id is null
union all
select
    scope_type as kpi_scope_type,
    scope_id as kpi_scope_id,
    {{ month_of('onset_date') }} as period_start,
    *
from {{ ref('anomaly_events') }}
where scope_type in ('business_unit', 'cost_center', 'team', 'product', 'provider', 'service')
