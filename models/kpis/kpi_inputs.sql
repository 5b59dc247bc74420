-- The cells once per scope, so that every ratio is a ratio of sums; within one type the scopes add up to the company.
{{ kpi_scoped(ref('kpi_cost_cells'), kpi_cost_measures()) }}
