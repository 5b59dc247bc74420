{{ config(materialized='table') }}

-- Which month is held against which: the one before, and the same of the year before. Months that were reported in
-- different currencies are not compared.
with months as (

    select
        months.posted_month,
        max(rules.reporting_currency) as reporting_currency
    from (select distinct posted_month from {{ ref('int_bridge_months') }}) as months
    left join {{ source('raw', 'rule_reporting_currency') }} as rules
        on
            months.posted_month >= coalesce(rules.valid_from, date '0001-01-01')
            and months.posted_month < coalesce(rules.valid_to, date '9999-12-31')
    group by months.posted_month

),

distances as (

    select
        'month_over_month' as comparison,
        1 as months_back
    union all
    select
        'year_over_year' as comparison,
        12 as months_back

)

select
    distances.comparison,
    months.posted_month,
    former.posted_month as former_month,
    months.reporting_currency,
    months.posted_month in (
        select open_days.open_month from {{ ref('int_bridge_open_days') }} as open_days
    ) as is_partial
from months
cross join distances
inner join months as former
    on
        months.posted_month = {{ add_months('former.posted_month', 'distances.months_back') }}
        and {{ same('months.reporting_currency', 'former.reporting_currency') }}
