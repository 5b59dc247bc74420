{#- No row lacks a value in any of the columns: dbt's not_null for many of them in one query. -#}
{% test filled(model, columns) %}
    select
        *,
        {{ missing(columns, '{} is null') }} as missing_columns
    from {{ model }}
    where {{ for_each(columns, '{} is null', ' or ') }}
{% endtest %}
