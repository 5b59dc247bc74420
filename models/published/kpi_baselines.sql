select * from {{ ref('baseline_progress') }}
