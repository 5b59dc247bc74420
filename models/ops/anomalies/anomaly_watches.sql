select * from {{ source('analysis', 'anomaly_scopes') }}
