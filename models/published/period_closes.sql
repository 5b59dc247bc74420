select * from {{ ref('month_closes') }}
