select
    source_name,
    service_provider_name,
    billing_account_id,
    sub_account_id,
    max(sub_account_name) as sub_account_name,
    min(charge_date) as first_charge_date,
    max(charge_date) as last_charge_date
from {{ ref('fct_cost_daily') }}
where sub_account_id is not null
group by source_name, service_provider_name, billing_account_id, sub_account_id
