select * from {{ ref('day_totals_history') }}
