-- The same cost seen from every side that is planned and watched; within one type the scopes add up to the company.
{% set scopes = dict({'company': "'all'"}, **planning_scopes()) %}
{% for scope_type, scope_id in scopes.items() %}
    select
        '{{ scope_type }}' as scope_type,
        coalesce({{ scope_id }}, {{ unknown_scope() }}) as scope_id,
        charge_date,
        posted_month,
        charge_category,
        currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(contracted_cost) as contracted_cost,
        sum(list_cost) as list_cost,
        cast(sum(line_count) as bigint) as line_count
    from {{ ref('fct_planning_costs_daily') }}
    group by coalesce({{ scope_id }}, {{ unknown_scope() }}), charge_date, posted_month, charge_category, currency
    {% if not loop.last %}union all{% endif %}
{% endfor %}
