-- When commitments end: by their contract where one is delivered beside the bill, else as the newest bill says, else
-- a term after the purchase. The first of several payments is the purchase only where the bill of a whole month before
-- knows of none. Azure's purchase names an order, its usage what belongs to it.
with bought as (

    select
        service_provider_name,
        source_name,
        commitment_discount_id,
        min(billing_month) as billing_month,
        min(first_payment_date) as purchase_date,
        max(term_month_count) as term_month_count,
        {{ any_true('is_paid_at_once') }} as is_paid_at_once
    from {{ ref('int_commitment_purchases') }}
    group by service_provider_name, source_name, commitment_discount_id

),

histories as (

    select
        source_name,
        min(billing_month) as first_month
    from {{ ref('int_line_totals') }}
    group by source_name

),

used as (

    select commitment_discount_id
    from {{ ref('int_charges_daily') }}
    where commitment_discount_id is not null
    group by commitment_discount_id

),

terms as (

    select
        bought.service_provider_name,
        used.commitment_discount_id,
        {{ add_months('bought.purchase_date', 'bought.term_month_count') }} as end_date,
        bought.billing_month
    from bought
    inner join histories on bought.source_name = histories.source_name
    inner join used
        on
            bought.commitment_discount_id = used.commitment_discount_id
            or starts_with(used.commitment_discount_id, bought.commitment_discount_id || '/')
    where
        bought.term_month_count is not null
        and (bought.is_paid_at_once or {{ add_months('histories.first_month', 1) }} < bought.billing_month)
    -- the order itself only where nothing that belongs to it is known
    qualify
        row_number() over (
            partition by bought.source_name, bought.commitment_discount_id
            order by used.commitment_discount_id desc
        ) = 1
        or used.commitment_discount_id <> bought.commitment_discount_id

),

told as (

    select
        service_provider_name,
        contract_commitment_id as commitment_discount_id,
        cast(contract_commitment_period_end as date) as end_date,
        1 as told_rank,
        cast(null as date) as billing_month
    from {{ ref('stg_focus__contract_commitments') }}
    where contract_commitment_id is not null and contract_commitment_period_end is not null
    union all
    select
        'AWS' as service_provider_name,
        commitment_discount_id,
        commitment_end_date as end_date,
        2 as told_rank,
        billing_month
    from {{ ref('int_aws_commitment_ends') }}
    union all
    select
        service_provider_name,
        commitment_discount_id,
        end_date,
        3 as told_rank,
        billing_month
    from terms

)

select
    service_provider_name,
    commitment_discount_id,
    end_date
from told
qualify row_number() over (
    partition by service_provider_name, commitment_discount_id
    order by told_rank asc, billing_month desc, end_date desc
) = 1
