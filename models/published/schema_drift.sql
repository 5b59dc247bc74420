select * from {{ ref('column_drift') }}
