select * from {{ ref('anomaly_watches') }}
