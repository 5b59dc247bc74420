select * from {{ ref('focus_results') }}
