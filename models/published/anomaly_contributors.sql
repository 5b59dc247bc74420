select * from {{ ref('anomaly_drivers') }}
