{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- What price sheets say where lines do not tell their price. Kept as a small table: a sheet has a million rows, and
-- every reader of lines would search it. What a line and a price both say of account, part and offer has to agree; of
-- several prices, as of tiers, it is the one at which the line was charged. What is not certain stays unknown.
{%- set said = azure_price_columns() %}
with wanted as (

    select
        {{ said | join(',\n        ') }},
        coalesce(nullif(unit_price, 0), case when not is_covered_usage then nullif(effective_unit_price, 0) end)
            as charged_price
    from {{ ref('int_azure_lines') }}
    where
        not is_merged
        and {{ may_take_sheet_price() }}
        and (
            coalesce(unit_price, 0) = 0
            or (coalesce(payg_unit_price, 0) = 0 and coalesce(payg_cost, 0) = 0)
        )
        and {{ in_rebuild() }}
    group by {{ said | join(', ') }}

),

prices as (

    select
        sheet.*,
        {{ last_part('sheet.billing_account_id') }} as account_key,
        {{ last_part('sheet.billing_profile_id') }} as profile_key,
        coalesce(units.unit, lower(trim(sheet.unit_of_measure))) as unit,
        coalesce(units.block_size, 1) as block_size,
        -- the last day is included, unless it is the first of the month after
        case
            when sheet.effective_end_date is null then date '9999-12-31'
            when
                extract(day from sheet.effective_end_date) = 1
                and sheet.effective_end_date > sheet.effective_start_date
                then {{ add_days('sheet.effective_end_date', -1) }}
            else sheet.effective_end_date
        end as last_date
    from {{ ref('stg_azure_price_sheet__prices') }} as sheet
    left join {{ ref('azure_units') }} as units on lower(trim(sheet.unit_of_measure)) = units.unit_of_measure
    where coalesce(lower(sheet.price_type), 'consumption') = 'consumption'

),

offered as (

    select
        wanted.*,
        {{ money('prices.market_price * coalesce(units.block_size, 1) / prices.block_size') }} as list_price,
        {{ money('prices.unit_price * coalesce(units.block_size, 1) / prices.block_size') }} as contracted_price
    from wanted
    left join {{ ref('azure_units') }} as units on lower(trim(wanted.unit_of_measure)) = units.unit_of_measure
    inner join prices
        on
            lower(wanted.meter_id) = lower(prices.meter_id)
            and coalesce(wanted.pricing_currency, wanted.billing_currency) = prices.price_currency
            and coalesce(units.unit, lower(trim(wanted.unit_of_measure))) = prices.unit
            and wanted.usage_date between prices.effective_start_date and prices.last_date
            and coalesce(lower(wanted.part_number) = lower(prices.part_number), true)
            and coalesce(lower(wanted.offer_id) = lower(prices.offer_id), true)
            and coalesce(
                prices.account_key
                in ({{ last_part('wanted.billing_account_id') }}, {{ last_part('wanted.billing_profile_id') }}),
                prices.account_key is null
            )
            and coalesce(
                prices.profile_key
                in ({{ last_part('wanted.billing_profile_id') }}, {{ last_part('wanted.billing_account_id') }}),
                prices.profile_key is null
            )

),

compared as (

    select
        *,
        coalesce(abs(contracted_price - charged_price) * 1000 <= charged_price, false) as is_charged
    from offered

),

chosen as (

    select
        {{ said | join(',\n        ') }},
        {{ the_one('list_price') }} as sheet_list_unit_price,
        {{ the_one('contracted_price') }} as sheet_contracted_unit_price
    from compared
    group by {{ said | join(', ') }}

)

select *
from chosen
where sheet_list_unit_price is not null or sheet_contracted_unit_price is not null
