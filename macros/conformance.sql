{#- Lines of FOCUS columns as shapes: few rows that still tell which columns are filled together and what they say, so
    that the requirements of seeds/reference/focus_requirements.csv are judged without another look at the lines. -#}

{#- Columns with few values: a shape keeps what they say. -#}
{% macro focus_valued_columns() -%}
    {{ return([
        'charge_category', 'charge_class', 'charge_frequency', 'commitment_discount_category',
        'commitment_discount_status', 'capacity_reservation_status', 'pricing_category', 'service_category',
        'service_subcategory', 'billing_currency', 'pricing_currency'
    ]) }}
{%- endmacro %}

{#- Columns on which a requirement for another column depends: a shape keeps whether they are filled. -#}
{% macro focus_deciding_columns() -%}
    {{ return([
        'billing_account_id', 'capacity_reservation_id', 'commitment_discount_id', 'commitment_discount_quantity',
        'consumed_quantity', 'contracted_unit_price', 'list_unit_price', 'pricing_quantity', 'region_id',
        'resource_id', 'sku_id', 'sku_price_id', 'sub_account_id'
    ]) }}
{%- endmacro %}

{#- Columns that no other depends on: a shape counts how often they are filled. -#}
{% macro focus_counted_columns() -%}
    {{ return([
        'billed_cost', 'billing_account_name', 'billing_account_type', 'billing_period_end', 'billing_period_start',
        'charge_description', 'charge_period_end', 'charge_period_start', 'commitment_discount_name',
        'commitment_discount_type', 'commitment_discount_unit', 'consumed_unit', 'contracted_cost', 'effective_cost',
        'host_provider_name', 'invoice_issuer_name', 'list_cost', 'pricing_currency_contracted_unit_price',
        'pricing_currency_effective_cost', 'pricing_currency_list_unit_price', 'pricing_unit', 'region_name',
        'resource_name', 'resource_type', 'service_name', 'service_provider_name', 'sku_meter', 'sku_price_details',
        'sub_account_name', 'sub_account_type'
    ]) }}
{%- endmacro %}

{#- What has one value for a key, wherever the key stands: (key, column). -#}
{% macro focus_pairs() -%}
    {{ return([
        ('sku_price_id', 'sku_id'),
        ('service_name', 'service_category'),
        ('service_name', 'service_subcategory'),
        ('sku_id', 'sku_meter'),
        ('commitment_discount_id', 'commitment_discount_unit')
    ]) }}
{%- endmacro %}

{#- How many rows have each value of each pair. -#}
{% macro focus_pair_rows(relation) -%}
    {%- for key, column in focus_pairs() %}
    select
        source_name,
        billing_month,
        service_provider_name,
        '{{ focus_name(column) }}' as column_name,
        '{{ focus_name(key) }}' as key_name,
        {{ key }} as key_value,
        {{ column }} as column_value,
        sum(line_count) as row_count
    from {{ relation }}
    where {{ key }} is not null and {{ column }} is not null
    group by source_name, billing_month, service_provider_name, {{ key }}, {{ column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Whether a cost is not price times quantity: compared as floats and to a ten-thousandth, since providers round prices
    and costs apart from each other, and a price loses what is behind its ninth decimal. -#}
{% macro is_not_product(price, quantity, cost) -%}
    abs({{ as_float(price) }} * {{ as_float(quantity) }} - {{ as_float(cost) }})
    > 0.000001 + 0.0001 * abs({{ as_float(cost) }}) + 0.000000001 * abs({{ as_float(quantity) }})
{%- endmacro %}

{#- The price where it agrees with the cost, else the cost by unit: a discount changes costs and leaves prices alone.
    What has no quantity has no price. -#}
{% macro price_in_keeping(relation, price, cost) -%}
    {%- set price, cost, quantity = relation ~ '.' ~ price, relation ~ '.' ~ cost, relation ~ '.pricing_quantity' -%}
    case
        when {{ quantity }} is null then null
        when {{ is_not_product(price, quantity, cost) }} then {{ ratio(cost, quantity) }}
        else {{ price }}
    end
{%- endmacro %}

{#- What has to be looked at line by line: the name of what is wrong, and the condition under which it is. -#}
{% macro focus_facts() -%}
    {%- set facts = {
        'charge_period_is_reversed': 'charge_period_end <= charge_period_start',
        'billing_period_is_reversed': 'billing_period_end <= billing_period_start',
        'effective_cost_is_not_zero': 'effective_cost <> 0',
    } -%}
    {%- for cost, price in [('list_cost', 'list_unit_price'), ('contracted_cost', 'contracted_unit_price')] -%}
        {%- do facts.update({cost ~ '_is_not_price_times_quantity':
            is_not_product(price, 'pricing_quantity', cost)}) -%}
    {%- endfor -%}
    {%- for cost in ['list_cost', 'contracted_cost', 'effective_cost'] -%}
        {%- do facts.update({cost ~ '_is_not_billed_cost': cost ~ ' <> billed_cost'}) -%}
    {%- endfor -%}
    {%- for price in ['list_unit_price', 'contracted_unit_price', 'pricing_currency_list_unit_price',
                      'pricing_currency_contracted_unit_price'] -%}
        {%- do facts.update({price ~ '_is_negative': price ~ ' < 0'}) -%}
    {%- endfor -%}
    {{ return(facts) }}
{%- endmacro %}

{#- A sum of many, in groups: GoogleSQL's parser nests a level per summand. -#}
{% macro bits_together(bits) -%}
    {%- set groups = [] -%}
    {%- for group in bits | batch(6) -%} {%- do groups.append('(' ~ group | join(' + ') ~ ')') -%} {%- endfor -%}
    cast({{ groups | join(' + ') }} as bigint)
{%- endmacro %}

{#- Which FOCUS columns a delivered line tells by its native columns: a bit for each of `native_columns`. -#}
{% macro told_columns(format) -%}
    {%- set bits = ['0'] -%}
    {%- for natives in native_columns().values() -%}
        {%- if format in natives -%}
            {%- do bits.append('case when ' ~ natives[format] | join(' is not null or ') ~ ' is not null then '
                ~ 2 ** loop.index0 ~ ' else 0 end') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ bits_together(bits) }}
{%- endmacro %}

{#- Those of them that our line leaves empty: the mapping has lost them. Other derived rows tell what no line does. A rate
    is a price of what was used, and in the currency that it is written in: commitments are bought without, and a bill
    may lack the rate between its currencies. -#}
{% macro lost_columns() -%}
    {%- set bits = [] -%}
    {%- for column in native_columns() -%}
        {%- set is_lost = [column ~ ' is null'] -%}
        {%- if column.endswith('unit_price') -%}
            {%- do is_lost.append("charge_category = 'Usage' and pricing_quantity <> 0") -%}
        {%- endif -%}
        {#- what is left of a commitment that nothing names has a quantity and no status, and nobody consumed it -#}
        {%- if column.startswith('consumed_') -%}
            {%- do is_lost.append(
                "(pricing_category is distinct from 'Committed' or commitment_discount_status = 'Used')") -%}
        {%- endif -%}
        {%- if column.startswith('pricing_currency_') -%}
            {%- do is_lost.append('pricing_currency is not null') -%}
        {%- elif column.endswith('unit_price') -%}
            {%- do is_lost.append('coalesce(pricing_currency, billing_currency) = billing_currency') -%}
        {%- endif -%}
        {%- do bits.append('case when ' ~ is_lost | join(' and ') ~ ' then ' ~ 2 ** loop.index0 ~ ' else 0 end') -%}
    {%- endfor -%}
    case
        when told_columns is null or row_origin not in ('delivered', 'covered_usage') then 0
        else told_columns & {{ bits_together(bits) }}
    end
{%- endmacro %}

{#- In how many rows of a shape the column is lost that `name` (an expression) names. -#}
{% macro shape_lost_rows(name) -%}
    case {{ name }}
        {%- for column in native_columns() %}
        when '{{ focus_name(column) }}'
            then case when shapes.lost_columns & {{ 2 ** loop.index0 }} <> 0 then shapes.row_count else 0 end
        {%- endfor %}
    end
{%- endmacro %}

{% macro focus_shapes(lines, side, lost='cast(0 as bigint)', more_counted=[]) %}
    select
        '{{ side }}' as side,
        source_name,
        billing_month,
        {%- for column in focus_valued_columns() %}
        {{ column }},
        {%- endfor %}
        {%- for column in focus_deciding_columns() %}
        {{ column }} is not null as has_{{ column }},
        {%- endfor %}
        {{ lost }} as lost_columns,
        count(*) as row_count,
        {%- for column in focus_counted_columns() %}
        count({{ column }}) as {{ column }}_rows,
        {%- endfor %}
        {%- for column in ['provider_name', 'publisher_name'] %}
        {{ 'count(' ~ column ~ ')' if column in more_counted else '0' }} as {{ column }}_rows,
        {%- endfor %}
        {%- for fact, condition in focus_facts().items() %}
        countif({{ condition }}) as {{ fact }}_rows,
        {%- endfor %}
        min(coalesce(resource_id, sku_price_id, charge_description)) as example_key
    from {{ lines }}
    where {{ in_rebuild() }}
    group by
        source_name, billing_month
        {%- for column in focus_valued_columns() %}, {{ column }}{% endfor %}
        {%- for column in focus_deciding_columns() %}, {{ column }} is not null{% endfor %}
        , {{ lost }}
{% endmacro %}

{% macro focus_name(column) -%} {{ column.split('_') | map('capitalize') | join }} {%- endmacro %}

{#- How many rows of a shape have the column filled that `name` (an expression) names. -#}
{% macro shape_filled_rows(name, counted=true) -%}
    case {{ name }}
        {%- for column in focus_valued_columns() %}
        when '{{ focus_name(column) }}' then case when shapes.{{ column }} is not null then shapes.row_count else 0 end
        {%- endfor %}
        {%- for column in focus_deciding_columns() %}
        when '{{ focus_name(column) }}' then case when shapes.has_{{ column }} then shapes.row_count else 0 end
        {%- endfor %}
        {%- for column in focus_counted_columns() + ['provider_name', 'publisher_name'] if counted %}
        when '{{ focus_name(column) }}' then shapes.{{ column }}_rows
        {%- endfor %}
    end
{%- endmacro %}

{#- What the column says in all rows of a shape; a subcategory stands behind its category. -#}
{% macro shape_value(name) -%}
    case {{ name }}
        {%- for column in focus_valued_columns() if column != 'service_subcategory' %}
        when '{{ focus_name(column) }}' then shapes.{{ column }}
        {%- endfor %}
        when 'ServiceSubcategory' then coalesce(shapes.service_category, '') || '>' || shapes.service_subcategory
    end
{%- endmacro %}

{#- In how many rows of a shape the fact is true that `name` (an expression) names. -#}
{% macro shape_fact_rows(name) -%}
    case {{ name }}
        {%- for fact in focus_facts() %}
        when '{{ fact }}' then shapes.{{ fact }}_rows
        {%- endfor %}
    end
{%- endmacro %}
