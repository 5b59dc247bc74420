{#- One select per KPI over a relation of sums per scope (scope_type, scope_id, period_start, currency), in the one shape
    of KPI families. `kpis` lists [kpi_id, variant, numerator, denominator]; a number that is its numerator has the
    denominator 1. A null in either is what is not known; kpi_results gives it its status. -#}
{% macro kpi_rows(relation, kpis, where='true') -%}
    {%- for kpi_id, variant, numerator, denominator in kpis %}
    {{ 'union all' if not loop.first }}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ variant }}' as variant,
        scope_type,
        scope_id,
        'month' as period_grain,
        period_start,
        currency,
        {{ money(numerator) }} as numerator,
        {{ money(denominator) }} as denominator
    from {{ relation }}
    where {{ where }}
    {%- endfor %}
{%- endmacro %}

{#- Cells summed for the company, for its parts, and for the places where its money goes; for some of them only, if that
    is all that the cells know. -#}
{% macro kpi_scoped(cells, measures, scope_types=none) -%}
    {%- set columns = {
        'company': "'all'", 'business_unit': 'business_unit', 'cost_center': 'cost_center', 'team': 'team',
        'product': 'product', 'provider': 'service_provider_name', 'service': 'service_name',
    } -%}
    {%- for scope_type in scope_types or columns %}
    {{ 'union all' if not loop.first }}
    select
        '{{ scope_type }}' as scope_type,
        {{ columns[scope_type] }} as scope_id,
        posted_month as period_start,
        currency,
        {{ for_each(measures, money('sum({})') ~ ' as {}') }}
    from {{ cells }}
    group by {{ columns[scope_type] ~ ', ' if scope_type != 'company' }}posted_month, currency
    {%- endfor %}
{%- endmacro %}

{#- Scopes that unused commitment can be told of: it is bought for an account and belongs to no team. -#}
{% macro of_providers() -%} scope_type in ('company', 'provider', 'service') {%- endmacro %}

{#- The sums of kpi_cost_cells and kpi_usage_cells. -#}
{% macro kpi_cost_measures() -%}
    {{ return([
        'billed_cost', 'effective_cost', 'contracted_cost', 'list_cost',
        'contracted_known_effective_cost', 'list_known_effective_cost',
        'unallocated_cost', 'unallocated_billed_cost', 'unallocated_usage_cost', 'direct_cost',
        'untagged_cost', 'untagged_usage_cost', 'compliant_cost', 'compliant_usage_cost', 'usage_cost',
        'commitment_used_cost', 'commitment_unused_cost',
        'covered_compute_cost', 'coverable_compute_cost',
        'covered_compute_list_cost', 'coverable_compute_list_cost',
        'covered_compute_contracted_cost', 'coverable_compute_contracted_cost',
        'covered_any_compute_cost', 'compute_without_spot_cost', 'spot_cost',
        'usage_list_cost', 'usage_list_known_cost', 'usage_contracted_cost', 'usage_contracted_known_cost',
        'negotiable_list_cost', 'negotiated_contracted_cost', 'covered_contracted_cost',
    ]) }}
{%- endmacro %}

{% macro kpi_usage_measures() -%}
    {{ return([
        'core_hours', 'core_cost', 'core_hours_without_spot', 'covered_core_hours', 'stored_gb_months', 'stored_cost',
        'tiered_gb_months', 'frequent_gb_months', 'input_tokens', 'cached_input_tokens', 'output_tokens',
        'reasoning_tokens', 'tokens', 'token_cost', 'token_list_cost',
    ]) }}
{%- endmacro %}

{#- A sum that is null where it is not known, as a denominator: where there is nothing that it could be known of, 0. -#}
{% macro known_part(known, whole) -%}
    case when {{ whole }} = 0 then coalesce({{ known }}, 0) else {{ known }} end
{%- endmacro %}

{#- What makes one value of a KPI, and what is said of it. -#}
{% macro kpi_key(relation=none) -%}
    {%- for column in [
        'kpi_id', 'variant', 'scope_type', 'scope_id', 'period_grain', 'period_start', 'currency'
    ] -%}
        {{ relation ~ '.' if relation }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro kpi_measures(relation=none) -%}
    {%- for column in ['definition_version', 'numerator', 'denominator', 'value', 'status'] -%}
        {{ relation ~ '.' if relation }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro same_kpi_value(left, right) -%}
    {{ left }}.kpi_id = {{ right }}.kpi_id
    and {{ left }}.variant = {{ right }}.variant
    and {{ left }}.scope_type = {{ right }}.scope_type
    and {{ left }}.scope_id = {{ right }}.scope_id
    and {{ left }}.period_grain = {{ right }}.period_grain
    and {{ left }}.period_start = {{ right }}.period_start
    and {{ same(left ~ '.currency', right ~ '.currency') }}
{%- endmacro %}

{% macro maturity_level(number) -%}
    case {{ number }} when 1 then 'crawl' when 2 then 'walk' when 3 then 'run' end
{%- endmacro %}
