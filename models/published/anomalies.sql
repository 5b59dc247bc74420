select * from {{ ref('anomaly_events') }}
