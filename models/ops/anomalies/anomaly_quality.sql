select
    noise_reading,
    measure,
    event_kind,
    size_band,
    {{ money('value') }} as value,
    cast(event_count as bigint) as event_count,
    {{ try_money('to_reach') }} as to_reach,
    search_version
from {{ ref('anomaly_quality_results') }}
