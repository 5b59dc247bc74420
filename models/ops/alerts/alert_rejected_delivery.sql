-- Deliveries that were refused, until something good has come in their place, by source.
select
    'rejected_delivery' as alert_kind,
    'source' as scope_type,
    source_name as scope_id,
    cast(null as string) as subject,
    cast(null as string) as currency,
    {{ money('count(*)') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'What ' || source_name || ' delivered was refused' as title,
    max(message)
    || case when count(*) > 1 then ' ' || cast(count(*) - 1 as string) || ' more of this source.' else '' end
        as finding,
    'select * from load_ledger where source_name = ' || {{ quoted('source_name') }} || ' and state = '
    || {{ quoted("'rejected'") }} as link_query
from {{ ref('delivery_ledger') }}
where state = 'rejected'
group by source_name
