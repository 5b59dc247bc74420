{{ config(materialized='table') }}

-- Every combination of attributes that a rule may look at: rules are evaluated once per row here, not once per charge.
select distinct
    charges.source_name,
    charges.sub_account_id,
    charges.service_name,
    charges.region_id,
    charges.tag_set_id,
    periods.period_start,
    periods.period_end
from {{ ref('int_charges_daily') }} as charges
inner join {{ ref('int_rule_periods') }} as periods
    on charges.charge_date >= periods.period_start and charges.charge_date < periods.period_end
where {{ in_rebuild('charges') }}
