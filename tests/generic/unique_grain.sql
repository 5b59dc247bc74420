{#- No two rows agree in all the columns that make the grain, nulls count as equal; and no row lacks what is `filled`,
    which is asked here because a test of its own takes dbt longer than the query takes. -#}
{% test unique_grain(model, columns, filled=[]) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
        {%- if filled %},
        {{ missing(filled, 'count({}) < count(*)') }} as missing_columns
        {%- endif %}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {{- ' or ' ~ for_each(filled, 'count({}) < count(*)', ' or ') if filled }}
{% endtest %}
