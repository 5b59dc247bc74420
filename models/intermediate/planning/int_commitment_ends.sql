-- When commitments end, as far as their provider delivers contracts beside the bill.
select
    service_provider_name,
    contract_commitment_id as commitment_discount_id,
    max(cast(contract_commitment_period_end as date)) as end_date
from {{ ref('stg_focus__contract_commitments') }}
where contract_commitment_id is not null and contract_commitment_period_end is not null
group by service_provider_name, contract_commitment_id
