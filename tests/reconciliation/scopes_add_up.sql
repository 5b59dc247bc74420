-- Seen from any side, the cost of a day is the company's.
with totals as (

    select
        scope_type,
        charge_date,
        posted_month,
        currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, charge_date, posted_month, currency

)

select
    totals.*,
    company.billed_cost as company_billed_cost,
    company.effective_cost as company_effective_cost
from totals
inner join totals as company
    on
        company.scope_type = 'company'
        and totals.charge_date = company.charge_date
        and totals.posted_month = company.posted_month
        and totals.currency = company.currency
where totals.billed_cost <> company.billed_cost or totals.effective_cost <> company.effective_cost
