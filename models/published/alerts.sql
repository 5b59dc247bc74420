select * from {{ ref('alert_history') }}
