{{ kpi_rows(ref('kpi_inputs'), [
    ['cost', 'billed', 'billed_cost', '1'],
    ['cost', 'effective', 'effective_cost', '1'],
    ['cost', 'contracted', 'contracted_cost', '1'],
    ['cost', 'list', 'list_cost', '1'],
]) }}
union all
{{ kpi_rows(ref('kpi_inputs'), [
    ['price_known_share', 'list_cost', 'usage_list_known_cost', 'usage_cost'],
    ['price_known_share', 'contracted_cost', 'usage_contracted_known_cost', 'usage_cost'],
], of_providers()) }}
