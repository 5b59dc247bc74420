{#- Words of planning; the same text on every engine. -#}

{#- Monday is 1, Sunday 7. -#}
{% macro weekday_of(day) -%} mod({{ date_difference("date '1900-01-01'", day) }}, 7) + 1 {%- endmacro %}

{#- Saturdays and Sundays: days of a kind are compared with each other. -#}
{% macro is_weekend(day) -%} ({{ weekday_of(day) }} > 5) {%- endmacro %}

{#- A quotient of two numbers to twelve decimals on every engine; null where there is nothing to divide by. -#}
{% macro exact_share(part, whole) -%}
    {{ exact_rate(exact_rate(part) ~ ' / nullif(' ~ exact_rate(whole) ~ ', 0)') }}
{%- endmacro %}

{#- A fourth of an amount, rounded once: exact in decimals, where a division would leave them. -#}
{% macro quarter_of(amount) -%} {{ converted(amount, exact_rate("'0.25'")) }} {%- endmacro %}

{#- What of a budget is planned until a day, by the weights of its days until then and of all. Rounded once; the last
    day gives the whole budget, so that the differences from day to day sum to it exactly. -#}
{% macro planned_until(budget, weight_until, weight) -%}
    case
        when {{ weight_until }} = {{ weight }} then {{ budget }}
        else {{ in_proportion(budget, weight_until, weight) }}
    end
{%- endmacro %}

{#- What of a change of cost follows from the volume: the former cost times the growth of the volume, which is the
    change of the volume times the former unit cost. The rest of the change is efficiency. -#}
{% macro volume_effect(former_cost, former_volume, volume) -%}
    {{ converted(former_cost, exact_share('(' ~ volume ~ ') - (' ~ former_volume ~ ')', former_volume)) }}
{%- endmacro %}

{#- From when to when there is cost, and from when to when there are budgets. -#}
{% macro cost_and_budget_spans() -%}
    select
        min(charge_date) as first_date,
        max(charge_date) as last_date
    from {{ ref('fct_scope_costs_daily') }}
    union all
    select
        min(budget_start_date) as first_date,
        max({{ add_days('budget_end_date', -1) }}) as last_date
    from {{ ref('int_budgets') }}
{%- endmacro %}

{#- Which budget it is, whatever its days. -#}
{% macro budget_key(budgets=none) -%}
    {%- for column in ['budget_version', 'scope_type', 'scope_id', 'currency', 'cost_metric'] -%}
        {{ budgets ~ '.' if budgets }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro same_budget(left, right) -%}
    {{ left }}.budget_version = {{ right }}.budget_version
    and {{ left }}.scope_type = {{ right }}.scope_type
    and {{ left }}.scope_id = {{ right }}.scope_id
    and {{ left }}.currency = {{ right }}.currency
    and {{ left }}.cost_metric = {{ right }}.cost_metric
{%- endmacro %}

{#- The days of budgets added up by one kind of period, and what of it is planned until the last whole day. -#}
{% macro budget_spans(days, period_type, start, end) -%}
    select
        {{ budget_key() }},
        '{{ period_type }}' as period_type,
        {{ start }} as period_start_date,
        {{ end }} as period_end_date,
        complete_through_date,
        min(calendar_date) as first_planned_date,
        max(calendar_date) as last_planned_date,
        {{ money('sum(budget_cost)') }} as budget_cost,
        {{ money('sum(case when calendar_date <= complete_through_date then budget_cost else 0 end)') }}
            as planned_so_far_cost
    from {{ days }}
    group by {{ budget_key() }}, {{ start }}, {{ end }}, complete_through_date
{%- endmacro %}

{#- From which sides cost is planned and watched, below the company: the types of scopes, and the column of each. -#}
{% macro planning_scopes() -%}
    {{ return({
        'business_unit': 'business_unit',
        'cost_center': 'cost_center',
        'team': 'team',
        'product': 'product',
        'environment': 'environment',
        'provider': 'service_provider_name',
        'billing_account': 'billing_account_id',
        'sub_account': 'sub_account_id',
        'service': 'service_name',
        'region': 'region_id',
    }) }}
{%- endmacro %}

{#- Those of them that a line of a bill tells by itself; the rules' owners are known by day. -#}
{% macro line_scopes() -%}
    {%- set found = {} -%}
    {%- for name in ('provider', 'billing_account', 'sub_account', 'service', 'region') -%}
        {%- do found.update({name: planning_scopes()[name]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Which scope of a type a row of costs belongs to. -#}
{% macro scope_of(costs, scope_type, scopes=none) -%}
    case {{ scope_type }}
        when 'company' then 'all'
        {%- for name, column in (scopes or planning_scopes()).items() %}
        when '{{ name }}' then {{ costs }}.{{ column }}
        {%- endfor %}
    end
{%- endmacro %}

{#- Budgets in force against actual cost, each row with the newest month that is over. -#}
{% macro budgets_in_force() -%}
    select
        *,
        max(case when month_state = 'complete' then budget_month end) over () as newest_month
    from {{ ref('fct_budget_vs_actual') }}
    where budget_version = 'in_force'
{%- endmacro %}

{#- Whether a scope had its last cost before a month: an ended team cannot be expected to cost anything. -#}
{% macro has_ended(row, month) -%}
    exists (
        select 1 from {{ ref('dim_scopes') }} as scopes
        where
            {{ row }}.scope_type = scopes.scope_type
            and {{ row }}.scope_id = scopes.scope_id
            and scopes.last_charge_date < {{ row }}.{{ month }}
    )
{%- endmacro %}

{#- Half widths of months as that of their total, in a group by: as if the errors of any two months were half alike,
    between those that even out (the root of the sum of squares) and those that are all off to one side (the sum). -#}
{% macro added_half_widths(half_width) -%}
    sqrt((sum({{ half_width }}) * sum({{ half_width }}) + sum({{ half_width }} * {{ half_width }})) / 2)
{%- endmacro %}
