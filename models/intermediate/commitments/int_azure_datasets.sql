-- Which of the two views of a month's charges are there. The literals of the raw relation tell; no line is read.
select
    source_name,
    billing_month,
    {{ any_true("dataset <> 'amortized'") }} as has_actual,
    {{ any_true("dataset = 'amortized'") }} as has_amortized
from {{ ref('stg_azure_cost__lines') }}
group by source_name, billing_month
