{#- Usage of Azure that cost something, or that a commitment paid for: what is free has no price to look for. -#}
{% macro may_take_sheet_price(lines=none) -%}
    {%- set prefix = lines ~ '.' if lines else '' -%}
    {{ prefix }}charge_key = 'usage' and ({{ prefix }}cost <> 0 or {{ prefix }}is_covered_usage)
{%- endmacro %}

{#- What a line says of its price; lines that agree in all of it have one price. -#}
{% macro azure_price_columns() -%}
    {{ return([
        'source_name', 'billing_month', 'usage_date', 'billing_account_id', 'billing_profile_id', 'meter_id',
        'part_number', 'offer_id', 'unit_of_measure', 'pricing_currency', 'billing_currency', 'unit_price',
        'effective_unit_price', 'is_covered_usage'
    ]) }}
{%- endmacro %}

{#- Which price of the sheet is a line's, as a join condition. -#}
{% macro has_sheet_price(lines, prices) -%}
    {{ may_take_sheet_price(lines) }}
    {%- for column in azure_price_columns() %}
    and {{ same(lines ~ '.' ~ column, prices ~ '.' ~ column) }}
    {%- endfor %}
{%- endmacro %}

{#- The last part of a path, in lower case: Azure writes an account as its id or as its whole path. -#}
{% macro last_part(path) -%} lower(regexp_extract(rtrim({{ path }}, '/'), '[^/]+$')) {%- endmacro %}

{#- The price that all rows of a group agree on, a price of 0 being one too; else the one among those charged. -#}
{% macro the_one(price) -%}
    nullif(
        case
            when min(coalesce({{ price }}, 0)) = max(coalesce({{ price }}, 0)) then max({{ price }})
            when min(case when is_charged then {{ price }} end) = max(case when is_charged then {{ price }} end)
                then max(case when is_charged then {{ price }} end)
        end, 0
    )
{%- endmacro %}
