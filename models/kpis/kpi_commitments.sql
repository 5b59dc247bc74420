-- Coverage by name of its base: the field knows several, and they disagree by ten points and more.
{{ kpi_rows(ref('kpi_inputs'), [
    ['commitment_coverage', 'effective_cost', 'covered_compute_cost', 'coverable_compute_cost'],
    ['commitment_coverage', 'list_cost', 'coalesce(covered_compute_list_cost, 0)',
        known_part('coverable_compute_list_cost', 'coverable_compute_cost')],
    ['commitment_coverage', 'contracted_cost', 'coalesce(covered_compute_contracted_cost, 0)',
        known_part('coverable_compute_contracted_cost', 'coverable_compute_cost')],
    ['commitment_coverage', 'all_compute', 'covered_any_compute_cost', 'compute_without_spot_cost'],
    ['spot_share', 'effective_cost', 'spot_cost', 'spot_cost + coverable_compute_cost'],
]) }}
union all
{{ kpi_rows(ref('kpi_inputs'), [
    ['commitment_utilization', 'effective_cost',
        'commitment_used_cost', 'commitment_used_cost + commitment_unused_cost'],
    ['commitment_waste', 'effective_cost',
        'commitment_unused_cost', 'commitment_used_cost + commitment_unused_cost'],
], "scope_type in ('company', 'provider')") }}
