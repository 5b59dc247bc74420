-- Savings of usage, by name of what they are measured against. Purchases are no usage; a charge whose price is not
-- known is left out on both sides, and a charge that costs more than its price counts as the loss that it is.
{% set list_cost = known_part('usage_list_cost', 'usage_cost') %}
{% set contracted_cost = known_part('usage_contracted_cost', 'usage_cost') %}
{{ kpi_rows(ref('kpi_inputs'), [
    ['effective_savings_rate', 'list_cost',
        'coalesce(usage_list_cost, 0) - usage_list_known_cost - commitment_unused_cost', list_cost],
    ['effective_savings_rate', 'contracted_cost',
        'coalesce(usage_contracted_cost, 0) - usage_contracted_known_cost - commitment_unused_cost',
        contracted_cost],
    ['effective_savings_rate', 'commitments_only',
        'coalesce(covered_contracted_cost, 0) - commitment_used_cost - commitment_unused_cost',
        known_part('covered_contracted_cost', '(commitment_used_cost + commitment_unused_cost)')],
    ['savings', 'commitment', 'usage_contracted_cost - usage_contracted_known_cost - commitment_unused_cost', '1'],
    ['savings', 'total', 'usage_list_cost - usage_list_known_cost - commitment_unused_cost', '1'],
], of_providers()) }}
union all
{{ kpi_rows(ref('kpi_inputs'), [
    ['effective_savings_rate', 'list_without_unused',
        'coalesce(usage_list_cost, 0) - usage_list_known_cost', list_cost],
    ['effective_savings_rate', 'contracted_without_unused',
        'coalesce(usage_contracted_cost, 0) - usage_contracted_known_cost', contracted_cost],
    ['effective_savings_rate', 'negotiated',
        'coalesce(negotiable_list_cost, 0) - coalesce(negotiated_contracted_cost, 0)', known_part('negotiable_list_cost', 'usage_cost')],
    ['savings', 'negotiated', 'negotiable_list_cost - negotiated_contracted_cost', '1'],
]) }}
