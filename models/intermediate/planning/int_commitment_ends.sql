-- When commitments end: by their contract where that is delivered beside the bill, else as the newest bill says it.
with told as (

    select
        service_provider_name,
        contract_commitment_id as commitment_discount_id,
        cast(contract_commitment_period_end as date) as end_date,
        cast(null as date) as billing_month
    from {{ ref('stg_focus__contract_commitments') }}
    where contract_commitment_id is not null and contract_commitment_period_end is not null
    union all
    select
        'AWS' as service_provider_name,
        commitment_discount_id,
        commitment_end_date as end_date,
        billing_month
    from {{ ref('int_aws_commitment_ends') }}

)

select
    service_provider_name,
    commitment_discount_id,
    end_date
from told
qualify row_number() over (
    partition by service_provider_name, commitment_discount_id
    order by billing_month is null desc, billing_month desc, end_date desc
) = 1
