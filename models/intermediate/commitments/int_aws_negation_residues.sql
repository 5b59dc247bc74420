-- Covered usage and its negation cancel each other per plan, payer and month. Where they do not, the rest is a charge
-- of its own, dated on the first day of the bill, so that the bill still ties.
with residues as (

    select
        source_name,
        billing_month,
        billing_account_id,
        billing_currency,
        savings_plan_id,
        sum(charged_cost) as residue_cost
    from {{ ref('int_aws_lines') }}
    where line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    group by source_name, billing_month, billing_account_id, billing_currency, savings_plan_id
    having sum(charged_cost) <> 0

),

-- one line of each pair lends the residue its account, plan and product
described as (

    select
        pairs.*,
        residues.residue_cost
    from {{ ref('int_aws_lines') }} as pairs
    inner join residues
        on
            pairs.source_name = residues.source_name
            and pairs.billing_month = residues.billing_month
            and pairs.billing_currency = residues.billing_currency
            and {{ same('pairs.savings_plan_id', 'residues.savings_plan_id') }}
            and {{ same('pairs.billing_account_id', 'residues.billing_account_id') }}
    where pairs.line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    qualify row_number() over (
        partition by
            pairs.source_name, pairs.billing_month, pairs.billing_account_id, pairs.billing_currency,
            pairs.savings_plan_id
        order by pairs.charge_period_start, pairs.line_item_id
    ) = 1

)

select
    {{ all_but(['residue_cost']) }}
    replace (
        'SavingsPlanNegation' as line_item_type,
        'Savings plan negation that does not cancel its covered usage' as charge_description,
        billing_period_start as charge_period_start,
        cast({{ add_days("cast(billing_period_start as date)", 1) }} as timestamp) as charge_period_end,
        {{ money('null') }} as usage_quantity,
        cast(null as string) as resource_id
    ),
    false as is_commitment_purchase,
    'negation_residue' as row_origin,
    residue_cost as billed_cost,
    residue_cost as effective_cost,
    residue_cost as gross_effective_cost,
    residue_cost as list_cost,
    residue_cost as contracted_cost,
    'billed_fallback' as contracted_cost_source
from described
