{#- How alerts name things to people; the ids stand in columns of their own. -#}

{#- The last part of an id that is a path, such as an ARN. -#}
{% macro short_name(id) -%} coalesce(regexp_extract(rtrim({{ id }}, '/'), '[^/]+$'), {{ id }}) {%- endmacro %}

{#- An amount to the cent, such as 1,234.50, with its currency where that is named. -#}
{% macro amount_words(cost, currency=none) -%}
    {{ amount_text(cost) }}{% if currency %} || coalesce(' ' || {{ currency }}, ''){% endif %}
{%- endmacro %}
