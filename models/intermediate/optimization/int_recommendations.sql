-- Recommendations with the day on which each was done with: carried out, rejected or expired.
select
    {{ all_but(['source_name', 'delivery_id', 'resource_id', 'is_automated']) }},
    lower(resource_id) as resource_id,
    coalesce(is_automated, false) as is_automated,
    case
        when recommendation_status in ('implemented', 'verified') then implemented_date
        when recommendation_status in ('rejected', 'expired')
            then coalesce(decided_date, reviewed_date, identified_date)
    end as closed_date
from {{ ref('stg_facts__recommendations') }}
