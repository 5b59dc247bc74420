select * from {{ ref('anomaly_expectations') }}
