{{ config(materialized='table') }}

-- Which rate each charge needs: of its own day, or of the day of its invoice (the last of the month where none is
-- delivered), never a day that is yet to come. A rule holds for whole bills, from the first month that begins in it.
with charges as (

    select distinct
        source_name,
        billing_account_id,
        billing_month,
        billing_currency,
        invoice_id,
        charge_date
    from {{ ref('int_charges_daily') }}

),

-- of several issuers who have the same number, the one who names the charge's account
issued as (

    select
        invoice_id,
        billing_currency,
        billing_account_id,
        max(issue_date) as issue_date
    from {{ ref('stg_facts__invoices') }}
    group by invoice_id, billing_currency, billing_account_id

),

issued_by_one as (

    select
        invoice_id,
        billing_currency,
        max(issue_date) as issue_date
    from {{ ref('stg_facts__invoices') }}
    group by invoice_id, billing_currency
    having count(distinct invoice_issuer_name) = 1

),

-- charges without a number are on some invoice of their account and month: the last one, as long as nothing tells which
issued_in_month as (

    select
        billing_account_id,
        billing_month,
        billing_currency,
        issue_date
    from {{ ref('stg_facts__invoices') }}
    union all
    select
        charges.billing_account_id,
        charges.billing_month,
        charges.billing_currency,
        issued_by_one.issue_date
    from charges
    inner join issued_by_one
        on charges.invoice_id = issued_by_one.invoice_id and charges.billing_currency = issued_by_one.billing_currency

),

issued_last as (

    select
        billing_account_id,
        billing_month,
        billing_currency,
        max(issue_date) as issue_date
    from issued_in_month
    group by billing_account_id, billing_month, billing_currency

)

select
    charges.source_name,
    charges.billing_account_id,
    charges.billing_month,
    charges.billing_currency,
    charges.invoice_id,
    charges.charge_date,
    rules.reporting_currency,
    rules.max_rate_age_days,
    least(
        case
            when rules.rate_basis = 'charge_date' then charges.charge_date
            else
                coalesce(
                    issued.issue_date, issued_by_one.issue_date, issued_last.issue_date, last_day(charges.billing_month)
                )
        end,
        cast({{ as_of() }} as date)
    ) as wanted_date
from charges
inner join {{ source('raw', 'rule_reporting_currency') }} as rules
    on
        charges.billing_month >= coalesce(rules.valid_from, date '0001-01-01')
        and charges.billing_month < coalesce(rules.valid_to, date '9999-12-31')
left join issued
    on
        charges.invoice_id = issued.invoice_id
        and charges.billing_currency = issued.billing_currency
        and charges.billing_account_id = issued.billing_account_id
left join issued_by_one
    on charges.invoice_id = issued_by_one.invoice_id and charges.billing_currency = issued_by_one.billing_currency
left join issued_last
    on
        charges.invoice_id is null
        and charges.billing_account_id = issued_last.billing_account_id
        and charges.billing_month = issued_last.billing_month
        and charges.billing_currency = issued_last.billing_currency
