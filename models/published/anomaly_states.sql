select * from {{ ref('anomaly_history') }}
