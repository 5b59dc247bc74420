select * from {{ ref('int_delivered_metrics') }}
