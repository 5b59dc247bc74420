{#- Money is the same on both sides of a step, per source, billing month and currency, to the last decimal.
    `columns` names the measures: ours as keys, the compared relation's as values; `compared_where` its rows. -#}
{% test conserves_money(model, compared_to, columns, compared_where='true') %}
    with ours as (

        select
            source_name,
            billing_month,
            billing_currency
            {%- for ours, theirs in columns.items() %},
            sum({{ ours }}) as {{ ours }}
            {%- endfor %}
        from {{ model }}
        group by source_name, billing_month, billing_currency

    ),

    theirs as (

        select
            source_name,
            billing_month,
            billing_currency
            {%- for ours, theirs in columns.items() %},
            sum({{ theirs }}) as {{ theirs }}
            {%- endfor %}
        from {{ compared_to }}
        where {{ compared_where }}
        group by source_name, billing_month, billing_currency

    )

    select
        coalesce(ours.source_name, theirs.source_name) as source_name,
        coalesce(ours.billing_month, theirs.billing_month) as billing_month,
        coalesce(ours.billing_currency, theirs.billing_currency) as billing_currency
        {%- for ours, theirs in columns.items() %},
        ours.{{ ours }} as our_{{ ours }},
        theirs.{{ theirs }} as their_{{ theirs }}
        {%- endfor %}
    from ours
    full outer join theirs
        on
            ours.source_name = theirs.source_name
            and ours.billing_month = theirs.billing_month
            and {{ same('ours.billing_currency', 'theirs.billing_currency') }}
    where
        {%- for ours, theirs in columns.items() %}
        {{ 'or ' if not loop.first }}coalesce(ours.{{ ours }}, 0) <> coalesce(theirs.{{ theirs }}, 0)
        {%- endfor %}
{% endtest %}
