-- Every delivered line with the cost that its provider charges for it, before normalization: what the FOCUS lines are
-- held against. `unbilled_cost` is the part that is no bill (another view of charges billed elsewhere); a merged line
-- is no FOCUS line of its own.
select
    source_name,
    billing_month,
    billing_currency,
    charged_cost,
    {{ money('0') }} as unbilled_cost,
    line_item_type = 'SavingsPlanNegation' as is_merged
from {{ ref('int_aws_lines') }}
union all
select
    source_name,
    billing_month,
    billing_currency,
    billed_cost as charged_cost,
    {{ money('0') }} as unbilled_cost,
    false as is_merged
from {{ ref('stg_focus__lines') }}
union all
select
    source_name,
    billing_month,
    billing_currency,
    billed_cost as charged_cost,
    {{ money('0') }} as unbilled_cost,
    false as is_merged
from {{ ref('stg_oci_cost__line_items') }}
union all
select
    source_name,
    billing_month,
    billing_currency,
    charged_cost,
    unbilled_cost,
    is_merged
from {{ ref('int_azure_lines') }}
union all
select
    source_name,
    billing_month,
    billing_currency,
    charged_cost,
    {{ money('0') }} as unbilled_cost,
    is_all_covered as is_merged
from {{ ref('int_gcp_lines') }}
