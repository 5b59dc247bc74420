{#- Small words of the domain; the same text on every engine. -#}

{#- A division that says null, never infinity, where there is nothing to divide by. -#}
{% macro ratio(numerator, denominator) -%} {{ money('(' ~ numerator ~ ') / nullif(' ~ denominator ~ ', 0)') }} {%- endmacro %}

{% macro month_of(day) -%} cast({{ dbt.date_trunc('month', day) }} as date) {%- endmacro %}

{% macro add_days(day, count) -%} cast(date_add({{ day }}, interval ({{ count }}) day) as date) {%- endmacro %}

{% macro add_months(day, count) -%} cast(date_add({{ day }}, interval ({{ count }}) month) as date) {%- endmacro %}

{#- Money in another currency, rounded once, half away from zero; null where there is no rate, never the same number. -#}
{% macro converted(cost, exchange_rate) -%} {{ money('round(' ~ cost ~ ' * ' ~ exchange_rate ~ ', 9)') }} {%- endmacro %}

{#- The rate of a row of costs, by what decides it. -#}
{% macro same_rate(cost, rates) -%}
    {{ same_rated_day(cost, rates) }} and {{ same(cost ~ '.invoice_id', rates ~ '.invoice_id') }}
{%- endmacro %}

{% macro same_rated_day(cost, rates) -%}
    {{ cost }}.source_name = {{ rates }}.source_name
    and {{ same(cost ~ '.billing_account_id', rates ~ '.billing_account_id') }}
    and {{ cost }}.billing_month = {{ rates }}.billing_month
    and {{ cost }}.billing_currency = {{ rates }}.billing_currency
    and {{ cost }}.charge_date = {{ rates }}.charge_date
{%- endmacro %}

{#- The owner of a row of charges, by what decides it. -#}
{% macro has_owner(charges, owners) -%}
    {{ charges }}.source_name = {{ owners }}.source_name
    and {{ same(charges ~ '.sub_account_id', owners ~ '.sub_account_id') }}
    and {{ same(charges ~ '.service_name', owners ~ '.service_name') }}
    and {{ same(charges ~ '.region_id', owners ~ '.region_id') }}
    and {{ charges }}.tag_set_id = {{ owners }}.tag_set_id
    and {{ charges }}.charge_date >= {{ owners }}.period_start
    and {{ charges }}.charge_date < {{ owners }}.period_end
{%- endmacro %}

{#- A measure of `cost` in the currency that the company plans in; `rates` is its rate, if there is a reporting currency. -#}
{% macro in_planning_currency(column) -%}
    case
        when rates.reporting_currency is null then cost.{{ column }}
        else {{ converted('cost.' ~ column, 'rates.exchange_rate') }}
    end
{%- endmacro %}

{#- Whether a row of `cost` can be told in that currency: half an amount would be read as a whole one. -#}
{% macro has_planning_currency() -%}
    (rates.reporting_currency is null or rates.exchange_rate is not null)
{%- endmacro %}

{#- Rows of a month's money, as `cost`, beside their rate, as `rates`: those that can be told in the planning currency. -#}
{% macro beside_monthly_rates(relation, month='posted_month', currency='billing_currency') -%}
from {{ relation }} as cost
    left join {{ ref('fct_reporting_rates_monthly') }} as rates
        on cost.{{ currency }} = rates.billing_currency and cost.{{ month }} = rates.charge_month
    where {{ has_planning_currency() }}
{%- endmacro %}

{#- The rate of a month from one currency into another, as `name`, by expressions of tables named before. -#}
{% macro beside_rate_of(name, month, billing_currency, reporting_currency) -%}
left join {{ ref('fct_reporting_rates_monthly') }} as {{ name }}
        on
            {{ billing_currency }} = {{ name }}.billing_currency
            and {{ reporting_currency }} = {{ name }}.reporting_currency
            and {{ month }} = {{ name }}.charge_month
{%- endmacro %}

{% macro planning_currency(currency='billing_currency') -%}
    coalesce(rates.reporting_currency, cost.{{ currency }})
{%- endmacro %}

{#- Stands for a service, region or account that the bill does not name. -#}
{% macro unknown_scope() -%} 'Unknown' {%- endmacro %}

{% macro next_month(month) -%} cast(date_add({{ month }}, interval 1 month) as date) {%- endmacro %}

{#- The residual owner, everywhere. -#}
{% macro unallocated() -%} 'Unallocated' {%- endmacro %}

{#- Text as the inside of a JSON string. -#}
{% macro json_escaped(text) -%}
    replace(replace(replace(replace(replace({{ text }},
        chr(92), chr(92) || chr(92)),
        chr(34), chr(92) || chr(34)),
        chr(10), chr(92) || 'n'),
        chr(13), chr(92) || 'r'),
        chr(9), chr(92) || 't')
{%- endmacro %}

{#- Whether a tag is the provider's own and so nobody's tagging: AWS's, and those that Oracle sets by itself. -#}
{% macro is_provider_tag(key) -%}
    (
        {%- for prefix in ['aws:', 'aws_', 'oci:', 'oracle-tags.', 'oracleinternalreserved.', 'goog-'] %}
        {{ 'or ' if not loop.first }}starts_with(lower({{ key }}), '{{ prefix }}')
        {%- endfor %}
        or strpos(lower({{ key }}), '.googleapis.com/') > 0
    )
{%- endmacro %}

{#- One text member of a flat JSON object that a provider wrote without blanks; null where there is none. -#}
{% macro json_text_member(text, key) -%}
    {%- set mark = '"' ~ key ~ '":"' -%}
    case
        when strpos({{ text }}, '{{ mark }}') > 0
            then {{ text_part("substr(" ~ text ~ ", strpos(" ~ text ~ ", '" ~ mark ~ "') + " ~ mark | length ~ ")", '"', 1) }}
    end
{%- endmacro %}

{#- Tag keys as people mean them: without the provider's prefix, in lower case, words joined by an underscore. -#}
{% macro tag_key_normalized(key) -%}
    replace(replace(replace(
        case
            when starts_with(lower({{ key }}), 'user:') or starts_with(lower({{ key }}), 'user_')
                then substr(lower(trim({{ key }})), 6)
            else lower(trim({{ key }}))
        end, '-', '_'), ' ', '_'), '.', '_')
{%- endmacro %}

{#- A name without case and punctuation. -#}
{% macro letters(name) -%}
    replace(replace(replace(replace(replace(lower({{ name }}), '_', ''), '-', ''), '/', ''), ' ', ''), ':', '')
{%- endmacro %}

{#- The moment that a run speaks of, the same in every model: FINOPS_AS_OF (naive UTC), else the start of the run. -#}
{% macro as_of() -%}
    {%- set moment = env_var('FINOPS_AS_OF', '') if execute else '' -%}
    cast('{{ moment or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}

{#- A delivery that came after its month was closed goes the same way as every other, under the source name
    `<source>/<delivery>`: models that keep sources and billing months apart keep it apart too, and need not know. -#}
{% macro is_booked(source_name) -%} strpos({{ source_name }}, '/') = 0 {%- endmacro %}

{% macro booked_source(source_name) -%}
    case
        when {{ is_booked(source_name) }} then {{ source_name }}
        else substr({{ source_name }}, 1, strpos({{ source_name }}, '/') - 1)
    end
{%- endmacro %}

{#- Money in the proportion of two quantities, rounded once: the same steps on every engine, no product that overflows. -#}
{% macro in_proportion(cost, quantity, former_quantity) -%}
    {{ money_from_double(
        as_float(cost) ~ ' * (' ~ as_float(quantity) ~ ' / ' ~ as_float(former_quantity) ~ ')'
    ) }}
{%- endmacro %}

{#- What a change of cost is taken apart into; each is a column `<part>_cost`, and together they are the whole change. -#}
{% macro bridge_parts() -%}
    {{ return([
        'volume', 'price', 'mix', 'new_usage', 'gone_usage', 'unclassified', 'new_service', 'gone_service',
        'commitment', 'credit', 'one_time', 'restatement', 'ownership', 'fx'
    ]) }}
{%- endmacro %}

{#- Those of them that a single price can have to do with. -#}
{% macro price_parts() -%} {{ return(['volume', 'price', 'mix', 'new_usage', 'gone_usage']) }} {%- endmacro %}

{#- What a service's bridge is of, before it is told in one currency. -#}
{% macro bridge_key() -%}
    comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency
{%- endmacro %}

{#- Whose bridges there are: the types of scopes, and the column that names a scope of each. -#}
{% macro bridge_scopes() -%}
    {{ return({
        'company': "'all'",
        'business_unit': 'business_unit',
        'team': 'team',
        'provider': 'service_provider_name',
        'service': 'service_name',
    }) }}
{%- endmacro %}

{#- The rows of a relation once for each type of scope, with the scope that each is seen from. -#}
{% macro seen_from(scopes, relation, columns) -%}
    {%- for scope_type, scope_id in scopes.items() %}
    {{ 'union all' if not loop.first }}
    select
        {{ columns | join(', ') }},
        '{{ scope_type }}' as scope_type,
        coalesce({{ scope_id }}, {{ unknown_scope() }}) as scope_id
    from {{ relation }}
    {%- endfor %}
{%- endmacro %}

{#- The same expression for each of several names, which take the place of `{}`, divided by commas or something else. -#}
{% macro for_each(names, expression, separator=', ') -%}
    {%- for name in names -%} {{ expression | replace('{}', name) }}{{ separator if not loop.last }} {%- endfor -%}
{%- endmacro %}

{#- Text as a literal of the query that a reader is shown. -#}
{% macro quoted(text) -%} chr(39) || replace({{ text }}, chr(39), chr(39) || chr(39)) || chr(39) {%- endmacro %}

{#- Severities in their order, to tell what is worse. -#}
{% macro severity_rank(severity) -%}
    case {{ severity }} when 'info' then 1 when 'warning' then 2 when 'critical' then 3 end
{%- endmacro %}

{#- The names of the columns for which a condition holds, each with a blank before it. -#}
{% macro missing(columns, condition) -%}
    concat({{ for_each(columns, "case when " ~ condition ~ " then ' {}' else '' end") }})
{%- endmacro %}
