{#- The totals of one mart as rows of `publication_totals`, one select per measure. `item` is what the total is of
    within its source and months: a service, a team, a kind of commitment. -#}
{% macro totals_of(relation_name, model, measures, item_type, item) -%}
    {%- for measure in measures %}
    {{ 'union all' if not loop.first }}
    select
        '{{ relation_name }}' as relation_name,
        '{{ measure }}' as measure,
        source_name,
        service_provider_name,
        '{{ item_type }}' as item_type,
        {{ item }} as item,
        posted_month,
        {{ 'charge_month' if relation_name.endswith('monthly') else month_of('charge_date') }} as charge_month,
        billing_currency,
        {{ money('sum(' ~ measure ~ ')') }} as value
    from {{ model }}
    group by
        source_name, service_provider_name, {{ item }}, posted_month,
        {{ 'charge_month' if relation_name.endswith('monthly') else month_of('charge_date') }}, billing_currency
    {%- endfor %}
{%- endmacro %}

{#- The same of the KPIs, each a total of its own. -#}
{% macro totals_of_kpis(model) -%}
    {%- for measure in ['numerator', 'denominator', 'value'] %}
    {{ 'union all' if not loop.first }}
    select
        'kpi_values' as relation_name,
        '{{ measure }}' as measure,
        case when scope_type = 'source' then scope_id end as source_name,
        case when scope_type = 'provider' then scope_id end as service_provider_name,
        'kpi' as item_type,
        kpi_id || '/' || variant || '/' || scope_type || '/' || coalesce(scope_id, '') as item,
        period_start as posted_month,
        cast(null as date) as charge_month,
        currency as billing_currency,
        {{ measure }} as value
    from {{ model }}
    {%- endfor %}
{%- endmacro %}

{#- The same of what a company plans and measures: a month that is delivered again with another number shows both. -#}
{% macro totals_of_plans(relation_name, model, measure, item_type, item, month, where='true') %}
    select
        '{{ relation_name }}' as relation_name,
        '{{ measure }}' as measure,
        cast(null as string) as source_name,
        cast(null as string) as service_provider_name,
        '{{ item_type }}' as item_type,
        {{ item }} as item,
        {{ month }} as posted_month,
        cast(null as date) as charge_month,
        currency as billing_currency,
        {{ money('sum(' ~ measure ~ ')') }} as value
    from {{ model }}
    where {{ where }}
    group by {{ item }}, {{ month }}, currency
{%- endmacro %}

{#- What makes a total, in every relation of totals. -#}
{% macro total_key() -%}
    relation_name, measure, source_name, service_provider_name, item_type, item, posted_month, charge_month,
    billing_currency
{%- endmacro %}

{#- The publication that is being built, named by its moment; of a build by hand, the start of the run. -#}
{% macro publication_id() -%}
    {{ (env_var('FINOPS_PUBLICATION_ID', '') if execute else '') or run_started_at.strftime('%Y%m%dT%H%M%S.000Z') }}
{%- endmacro %}

{% macro publication_moment() -%}
    {%- set id = publication_id() -%}
    cast('{{ id[:4] }}-{{ id[4:6] }}-{{ id[6:8] }} {{ id[9:11] }}:{{ id[11:13] }}:{{ id[13:19] }}' as timestamp)
{%- endmacro %}
