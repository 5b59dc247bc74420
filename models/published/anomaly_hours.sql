select * from {{ ref('anomaly_onset_hours') }}
