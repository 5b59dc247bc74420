-- Coverage by name of its base: the field knows several, and they disagree by ten points and more. Utilization by cost,
-- and by hours of what is reserved by the hour.
with hours as (

    select
        service_provider_name,
        posted_month,
        cast(null as string) as currency,
        coalesce(used_quantity, 0) as used_hours,
        coalesce(used_quantity, 0) + coalesce(unused_quantity, 0) as all_hours
    from {{ ref('fct_commitments_daily') }}
    where lower(commitment_discount_unit) in ('hour', 'hours')

),

hour_scopes as (
    {{ kpi_scoped('hours', ['used_hours', 'all_hours'], ['company', 'provider']) }}
)

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
union all
{{ kpi_rows('hour_scopes', [['commitment_utilization', 'hours', 'used_hours', 'all_hours']]) }}
