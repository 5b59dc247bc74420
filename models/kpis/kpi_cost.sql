-- A price that is known for a part says nothing of the whole: beside each stands what that part cost.
{{ kpi_rows(ref('kpi_inputs'), [
    ['cost', 'billed', 'billed_cost', '1'],
    ['cost', 'effective', 'effective_cost', '1'],
    ['cost', 'contracted', 'contracted_cost', '1'],
    ['cost', 'list', 'list_cost', '1'],
    ['cost', 'effective_where_contracted_known', 'contracted_known_effective_cost', '1'],
    ['cost', 'effective_where_list_known', 'list_known_effective_cost', '1'],
]) }}
union all
{{ kpi_rows(ref('kpi_inputs'), [
    ['price_known_share', 'list_cost', 'usage_list_known_cost', 'usage_cost'],
    ['price_known_share', 'contracted_cost', 'usage_contracted_known_cost', 'usage_cost'],
]) }}
