{#- How alerts name things to people; the ids stand in columns of their own. -#}
{% macro scope_words(scope_type='scope_type', scope_id='scope_id') -%}
    case {{ scope_type }}
        when 'company' then 'the company'
        else replace({{ scope_type }}, '_', ' ') || ' ' || {{ scope_id }}
    end
{%- endmacro %}

{% macro scope_title() -%}
    {%- set words = scope_words() -%} upper(substr({{ words }}, 1, 1)) || substr({{ words }}, 2)
{%- endmacro %}

{#- The last part of an id that is a path, such as an ARN. -#}
{% macro short_name(id) -%} coalesce(regexp_extract(rtrim({{ id }}, '/'), '[^/]+$'), {{ id }}) {%- endmacro %}

{#- An amount to the cent, with its currency where that is named. -#}
{% macro amount_words(cost, currency=none) -%}
    {{ number_text('round(' ~ cost ~ ', 2)') }}{% if currency %} || coalesce(' ' || {{ currency }}, ''){% endif %}
{%- endmacro %}
