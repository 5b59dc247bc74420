select
    kpi_id,
    variant,
    cast(definition_version as bigint) as definition_version,
    name,
    definition,
    formula,
    unit,
    direction,
    {{ try_money('target') }} as target,
    {{ try_money('target_crawl') }} as target_crawl,
    {{ try_money('target_walk') }} as target_walk,
    {{ try_money('target_run') }} as target_run,
    owner_persona,
    source
from {{ ref('kpi_definitions') }}
