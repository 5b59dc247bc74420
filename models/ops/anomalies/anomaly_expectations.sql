select * from {{ source('analysis', 'anomaly_days') }}
