{#- How alerts name things to people; the ids stand in columns of their own. -#}

{#- The last part of an id that is a path, such as an ARN. -#}
{% macro short_name(id) -%} coalesce(regexp_extract(rtrim({{ id }}, '/'), '[^/]+$'), {{ id }}) {%- endmacro %}

{#- An amount to the cent, such as 1,234.50, with its currency where that is named. -#}
{% macro amount_words(cost, currency=none) -%}
    {{ amount_text(cost) }}{% if currency %} || coalesce(' ' || {{ currency }}, ''){% endif %}
{%- endmacro %}

{#- An hour of a day (UTC) in words, such as 2026-10-14 09:00; its last minute is 59. -#}
{% macro hour_words(day, hour, minute='00') -%}
    cast({{ day }} as string) || ' ' || lpad(cast(extract(hour from {{ hour }}) as string), 2, '0') || ':{{ minute }}'
{%- endmacro %}
