select * from {{ ref('totals_history') }}
