{{ config(materialized='table') }}

-- Which rate each charge needs: of its own day, or of the day of its invoice (the last of the month where none is
-- delivered), never a day that is yet to come. A rule holds for whole bills, from the first month that begins in it.
with charges as (

    select distinct
        source_name,
        billing_account_id,
        billing_month,
        billing_currency,
        charge_date
    from {{ ref('int_charges_daily') }}

),

numbered as (

    select distinct
        invoice_id,
        billing_account_id,
        billing_month,
        billing_currency
    from {{ ref('int_charges_daily') }}
    where invoice_id is not null

),

issued as (

    select
        numbered.billing_account_id,
        numbered.billing_month,
        numbered.billing_currency,
        invoices.issue_date
    from {{ ref('stg_facts__invoices') }} as invoices
    inner join numbered
        on invoices.invoice_id = numbered.invoice_id and invoices.billing_currency = numbered.billing_currency
    union all
    select
        billing_account_id,
        billing_month,
        billing_currency,
        issue_date
    from {{ ref('stg_facts__invoices') }}

),

invoices as (

    select
        billing_account_id,
        billing_month,
        billing_currency,
        max(issue_date) as issue_date
    from issued
    group by billing_account_id, billing_month, billing_currency

)

select
    charges.source_name,
    charges.billing_account_id,
    charges.billing_month,
    charges.billing_currency,
    charges.charge_date,
    rules.reporting_currency,
    rules.max_rate_age_days,
    least(
        case
            when rules.rate_basis = 'charge_date' then charges.charge_date
            else coalesce(invoices.issue_date, last_day(charges.billing_month))
        end,
        cast({{ as_of() }} as date)
    ) as wanted_date
from charges
inner join {{ source('raw', 'rule_reporting_currency') }} as rules
    on
        charges.billing_month >= coalesce(rules.valid_from, date '0001-01-01')
        and charges.billing_month < coalesce(rules.valid_to, date '9999-12-31')
left join invoices
    on
        charges.billing_account_id = invoices.billing_account_id
        and charges.billing_month = invoices.billing_month
        and charges.billing_currency = invoices.billing_currency
