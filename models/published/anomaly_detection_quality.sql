select * from {{ ref('anomaly_quality') }}
