{#- The only file that knows DuckDB from BigQuery. Each macro hides one difference; models never ask where they are. -#}

{#- A map of tags as an array of (key, value) to unnest: DuckDB stores MAP, BigQuery ARRAY<STRUCT<key, value>>. -#}
{% macro tag_pairs(tags) -%} {{ return(adapter.dispatch('tag_pairs', 'finops')(tags)) }} {%- endmacro %}
{% macro duckdb__tag_pairs(tags) -%} map_entries({{ tags }}) {%- endmacro %}
{% macro bigquery__tag_pairs(tags) -%} {{ tags }} {%- endmacro %}

{#- A map of tags as the text of a JSON object, keys in delivered order, for readers; `{}` where there are none. -#}
{% macro tags_text(tags) -%} {{ return(adapter.dispatch('tags_text', 'finops')(tags)) }} {%- endmacro %}
{% macro duckdb__tags_text(tags) -%} coalesce(cast(to_json({{ tags }}) as string), '{}') {%- endmacro %}
{% macro bigquery__tags_text(tags) -%}
    (
        select
            '{' || coalesce(string_agg(
                '"' || {{ json_escaped('pair.key') }} || '":'
                || coalesce('"' || {{ json_escaped('pair.value') }} || '"', 'null'), ',' order by place
            ), '') || '}'
        from unnest({{ tags }}) as pair with offset as place
    )
{%- endmacro %}

{#- One value of a map column, or null. -#}
{% macro map_value(map, key) -%} {{ return(adapter.dispatch('map_value', 'finops')(map, key)) }} {%- endmacro %}
{% macro duckdb__map_value(map, key) -%} {{ map }}['{{ key }}'] {%- endmacro %}
{% macro bigquery__map_value(map, key) -%}
    (select max(entry.value) from unnest({{ map }}) as entry where entry.key = '{{ key }}')
{%- endmacro %}

{#- A map of tags with one more entry; unchanged where the value is null. -#}
{% macro tags_with(tags, key, value) -%} {{ return(adapter.dispatch('tags_with', 'finops')(tags, key, value)) }} {%- endmacro %}
{% macro duckdb__tags_with(tags, key, value) -%}
    case when {{ value }} is null then {{ tags }} else map_concat({{ tags }}, map {'{{ key }}': {{ value }}}) end
{%- endmacro %}
{% macro bigquery__tags_with(tags, key, value) -%}
    case
        when {{ value }} is null then {{ tags }}
        else array_concat(coalesce({{ tags }}, []), [struct('{{ key }}' as key, {{ value }} as value)])
    end
{%- endmacro %}

{#- One part of a text between delimiters, counted from 1; null where there are not so many, or where it is empty. -#}
{% macro text_part(text, delimiter, number) -%}
    {{ return(adapter.dispatch('text_part', 'finops')(text, delimiter, number)) }}
{%- endmacro %}
{% macro duckdb__text_part(text, delimiter, number) -%}
    nullif(split_part({{ text }}, '{{ delimiter }}', {{ number }}), '')
{%- endmacro %}
{% macro bigquery__text_part(text, delimiter, number) -%}
    nullif(split({{ text }}, '{{ delimiter }}')[safe_offset({{ number - 1 }})], '')
{%- endmacro %}

{#- The engine's own cheap hash of a whole tag map, or of several. It differs by engine, version and key order:
    good for grouping inside one build, never to be stored beyond it. -#}
{% macro build_hash(maps) -%}
    {{ return(adapter.dispatch('build_hash', 'finops')([maps] if maps is string else maps)) }}
{%- endmacro %}
{% macro duckdb__build_hash(maps) -%} hash({{ maps | join(', ') }}) {%- endmacro %}
{% macro bigquery__build_hash(maps) -%}
    farm_fingerprint({{ for_each(maps, "coalesce(to_json_string({}), '')", ' || ') }})
{%- endmacro %}

{#- Any value of a column that depends on the grouping key. BigQuery's any_value may pick a null, max never does. -#}
{% macro carried(column) -%} {{ return(adapter.dispatch('carried', 'finops')(column)) }} {%- endmacro %}
{% macro duckdb__carried(column) -%} any_value({{ column }}) {%- endmacro %}
{% macro bigquery__carried(column) -%} max({{ column }}) {%- endmacro %}

{#- One tag map out of a group of equal ones (maps cannot be compared on BigQuery). -#}
{% macro carried_map(column) -%} {{ return(adapter.dispatch('carried_map', 'finops')(column)) }} {%- endmacro %}
{#- DuckDB's any_value sorts what it keeps of a map; arg_min takes the first and is a sixth faster over all. -#}
{% macro duckdb__carried_map(column) -%} arg_min({{ column }}, 0) {%- endmacro %}
{% macro bigquery__carried_map(column) -%} any_value({{ column }}) {%- endmacro %}

{% macro any_true(condition) -%} {{ return(adapter.dispatch('any_true', 'finops')(condition)) }} {%- endmacro %}
{% macro duckdb__any_true(condition) -%} bool_or({{ condition }}) {%- endmacro %}
{% macro bigquery__any_true(condition) -%} logical_or({{ condition }}) {%- endmacro %}

{#- Money: numeric with nine decimals. BigQuery's NUMERIC is that, and takes no parameters in a cast. -#}
{% macro money(expression) -%} {{ return(adapter.dispatch('money', 'finops')(expression)) }} {%- endmacro %}
{% macro duckdb__money(expression) -%} cast({{ expression }} as numeric(38, 9)) {%- endmacro %}
{% macro bigquery__money(expression) -%} cast({{ expression }} as numeric) {%- endmacro %}

{#- A rate of exchange: twelve decimals, since nine would cost a weak currency half of its digits. -#}
{% macro exact_rate(expression) -%} {{ return(adapter.dispatch('exact_rate', 'finops')(expression)) }} {%- endmacro %}
{% macro duckdb__exact_rate(expression) -%} cast({{ expression }} as decimal(38, 12)) {%- endmacro %}
{% macro bigquery__exact_rate(expression) -%} round(cast({{ expression }} as bignumeric), 12) {%- endmacro %}

{#- The same from text; null where the text is no number. -#}
{% macro try_money(expression) -%} {{ return(adapter.dispatch('try_money', 'finops')(expression)) }} {%- endmacro %}
{% macro duckdb__try_money(expression) -%} try_cast({{ expression }} as numeric(38, 9)) {%- endmacro %}
{% macro bigquery__try_money(expression) -%} safe_cast({{ expression }} as numeric) {%- endmacro %}

{#- A date from text such as 2026-10-01; null where the text is none. -#}
{% macro try_date(expression) -%} {{ return(adapter.dispatch('try_date', 'finops')(expression)) }} {%- endmacro %}
{% macro duckdb__try_date(expression) -%} try_cast({{ expression }} as date) {%- endmacro %}
{% macro bigquery__try_date(expression) -%} safe_cast({{ expression }} as date) {%- endmacro %}

{#- Money that a provider wrote as a binary float: scaled, rounded half away from zero, exact from there on.
    The same IEEE steps on both engines, so both give the same digits up to 1e9. -#}
{% macro money_from_double(expression) -%}
    {{ return(adapter.dispatch('money_from_double', 'finops')(expression)) }}
{%- endmacro %}
{% macro duckdb__money_from_double(expression) -%}
    cast(cast(round({{ expression }} * 1e9) as decimal(28, 0)) * cast(0.000000001 as decimal(10, 9)) as numeric(38, 9))
{%- endmacro %}
{% macro bigquery__money_from_double(expression) -%}
    cast(round({{ expression }} * 1e9) as numeric) * numeric '0.000000001'
{%- endmacro %}

{#- A number as a binary float: for comparisons within a tolerance only, never for money that goes on. -#}
{% macro as_float(expression) -%} {{ return(adapter.dispatch('as_float', 'finops')(expression)) }} {%- endmacro %}
{% macro duckdb__as_float(expression) -%} cast({{ expression }} as double) {%- endmacro %}
{% macro bigquery__as_float(expression) -%} cast({{ expression }} as float64) {%- endmacro %}

{#- A list of calendar days, first and last included, as rows with one column `day`. -#}
{% macro days_between(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_between', 'finops')(first_day, last_day)) }}
{%- endmacro %}
{% macro duckdb__days_between(first_day, last_day) -%}
    list_transform(generate_series({{ first_day }}, {{ last_day }}, interval 1 day), lambda moment: cast(moment as date))
{%- endmacro %}
{% macro bigquery__days_between(first_day, last_day) -%}
    generate_date_array({{ first_day }}, {{ last_day }})
{%- endmacro %}

{% macro date_difference(first_day, last_day) -%}
    {{ return(adapter.dispatch('date_difference', 'finops')(first_day, last_day)) }}
{%- endmacro %}
{% macro duckdb__date_difference(first_day, last_day) -%} date_diff('day', {{ first_day }}, {{ last_day }}) {%- endmacro %}
{% macro bigquery__date_difference(first_day, last_day) -%} date_diff({{ last_day }}, {{ first_day }}, day) {%- endmacro %}

{#- Hours from one timestamp to a later one, whole hours. -#}
{% macro hours_between(earlier, later) -%} {{ return(adapter.dispatch('hours_between', 'finops')(earlier, later)) }} {%- endmacro %}
{% macro duckdb__hours_between(earlier, later) -%} date_sub('hour', {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro bigquery__hours_between(earlier, later) -%} timestamp_diff({{ later }}, {{ earlier }}, hour) {%- endmacro %}

{#- Minutes from one timestamp to a later one, whole minutes. -#}
{% macro minutes_between(earlier, later) -%} {{ return(adapter.dispatch('minutes_between', 'finops')(earlier, later)) }} {%- endmacro %}
{% macro duckdb__minutes_between(earlier, later) -%} date_sub('minute', {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro bigquery__minutes_between(earlier, later) -%} timestamp_diff({{ later }}, {{ earlier }}, minute) {%- endmacro %}

{#- Every column of a relation but the named ones. -#}
{% macro all_but(columns, relation=none) -%} {{ return(adapter.dispatch('all_but', 'finops')(columns, relation)) }} {%- endmacro %}
{% macro duckdb__all_but(columns, relation) -%}
    {{ relation ~ '.' if relation }}* exclude ({{ columns | join(', ') }})
{%- endmacro %}
{% macro bigquery__all_but(columns, relation) -%}
    {{ relation ~ '.' if relation }}* except ({{ columns | join(', ') }})
{%- endmacro %}

{#- Equal or both null, as a join condition. -#}
{% macro same(left, right) -%} {{ left }} is not distinct from {{ right }} {%- endmacro %}

{#- How a large table is laid out: BigQuery partitions by month and clusters; DuckDB needs neither. -#}
{% macro by_month(column) -%} {{ return(adapter.dispatch('by_month', 'finops')(column)) }} {%- endmacro %}
{% macro duckdb__by_month(column) -%} {{ return(none) }} {%- endmacro %}
{% macro bigquery__by_month(column) -%}
    {{ return({'field': column, 'data_type': 'date', 'granularity': 'month'}) }}
{%- endmacro %}

{#- Which rows this build replaces. FINOPS_REBUILD is `all` or a JSON list of [source_name, billing_month].
    Both engines replace exactly those pairs; BigQuery is told the months too, by which it skips partitions. -#}
{% macro rebuild_pairs() -%}
    {%- set listed = env_var('FINOPS_REBUILD', 'all') -%}
    {{ return(none if listed == 'all' else fromjson(listed)) }}
{%- endmacro %}

{% macro in_rebuild(relation=none) -%}
    {%- set pairs = rebuild_pairs() if execute else none -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- if pairs is none -%} true
    {%- elif pairs | length == 0 -%} false
    {%- else -%} ({{ adapter.dispatch('in_rebuild', 'finops')(pairs, prefix) }})
    {%- endif -%}
{%- endmacro %}
{% macro duckdb__in_rebuild(pairs, prefix) -%}
    {%- for source_name, rows in pairs | groupby(0) %}
    {{- ' or ' if not loop.first }}({{ prefix }}source_name = '{{ source_name }}' and {{ prefix }}billing_month in (
        {%- for pair in rows %}{{ ', ' if not loop.first }}date '{{ pair[1] }}'{% endfor -%} ))
    {%- endfor %}
{%- endmacro %}
{% macro bigquery__in_rebuild(pairs, prefix) -%}
    {{ prefix }}billing_month in (
        {%- for month in pairs | map(attribute=1) | unique | sort %}{{ ', ' if not loop.first }}date '{{ month }}'{% endfor -%}
    ) and ({{ duckdb__in_rebuild(pairs, prefix) }})
{%- endmacro %}

{#- DuckDB's incremental strategy: delete the listed source-months, also those gone from the bill, and insert anew. -#}
{% macro get_incremental_replace_months_sql(arg_dict) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }} where {{ in_rebuild() }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- BigQuery's insert_overwrite as this project means it, in place of dbt's: the rows that the build lists are replaced,
    also where nothing is left of a month; dbt's own would keep such a month, or fix the list at parse time. -#}
{% macro bq_insert_overwrite_sql(
    tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists,
    copy_partitions
) -%}
    {%- set source = bq_static_select_insert_overwrite_sql(tmp_relation, sql, partition_by, tmp_relation_exists) -%}
    {{ get_insert_overwrite_merge_sql(target_relation, source, dest_columns, [in_rebuild()], not tmp_relation_exists) }};
    {%- if tmp_relation_exists %}
    drop table if exists {{ tmp_relation }};
    {%- endif %}
{%- endmacro %}

{#- BigQuery takes the precision of a type in table definitions and nowhere else; dbt also writes the types of
    contracts, unit tests and seeds into casts and load jobs. -#}
{% macro bare_type(type) -%} {{ return(modules.re.sub('[(][0-9, ]*[)]', '', type)) }} {%- endmacro %}

{% macro bigquery__cast(field, type) -%} cast({{ field }} as {{ bare_type(type) }}) {%- endmacro %}

{#- A map in the row of a unit test is written as DuckDB prints it, `{key=value, key=value}`, for both engines. -#}
{% macro bigquery__safe_cast(field, type) -%}
    {%- if field is string and field != 'null' and type | lower | replace('`', '') == 'array<struct<key string, value string>>' -%}
        {%- set entries = [] -%}
        {%- for entry in field.strip("'").strip('{}').split(', ') if entry -%}
            {%- set key, value = entry.split('=', 1) -%}
            {%- do entries.append("struct('" ~ key ~ "' as key, '" ~ value ~ "' as value)") -%}
        {%- endfor -%}
        array<struct<key string, value string>>[{{ entries | join(', ') }}]
    {%- else -%}
        {{ dbt.bigquery__safe_cast(field, bare_type(type)) }}
    {%- endif -%}
{%- endmacro %}

{% macro bigquery__load_csv_rows(model, agate_table) -%}
    {%- set types = {} -%}
    {%- for name, type in model['config'].get('column_types', {}).items() -%}
        {%- do types.update({name: 'int64' if type == 'bigint' else bare_type(type)}) -%}
    {%- endfor -%}
    {%- do model['config'].update({'column_types': types}) -%}
    {{ return(dbt.bigquery__load_csv_rows(model, agate_table)) }}
{%- endmacro %}

{#- The sum of a line's credits of some types (none named: of all); 0 where there are none. -#}
{% macro credit_sum(credits, types=none) -%}
    {{ return(adapter.dispatch('credit_sum', 'finops')(credits, types)) }}
{%- endmacro %}
{% macro duckdb__credit_sum(credits, types) -%}
    {%- set amounts = 'list_transform(' ~ credits ~ ', lambda credit: '
        ~ ("case when credit.type in ('" ~ types | join("', '") ~ "') then credit.amount end" if types else 'credit.amount')
        ~ ')' -%}
    coalesce(list_sum({{ amounts }}), 0)
{%- endmacro %}
{% macro bigquery__credit_sum(credits, types) -%}
    coalesce((
        select sum(credit.amount) from unnest({{ credits }}) as credit
        {%- if types %} where credit.type in ('{{ types | join("', '") }}'){% endif %}
    ), 0)
{%- endmacro %}

{#- How the first of a line's credits of some types is called: its full name, else its name, else its id. -#}
{% macro credit_name(credits, types) -%}
    {{ return(adapter.dispatch('credit_name', 'finops')(credits, types)) }}
{%- endmacro %}
{% macro duckdb__credit_name(credits, types) -%}
    list_transform(
        list_filter({{ credits }}, lambda credit: credit.type in ('{{ types | join("', '") }}')),
        lambda credit: coalesce(credit.full_name, credit.name, credit.id)
    )[1]
{%- endmacro %}
{% macro bigquery__credit_name(credits, types) -%}
    (
        select coalesce(credit.full_name, credit.name, credit.id)
        from unnest({{ credits }}) as credit with offset as place
        where credit.type in ('{{ types | join("', '") }}')
        order by place
        limit 1
    )
{%- endmacro %}

{#- A number as text, without zeros that mean nothing. -#}
{% macro number_text(number) -%} {{ return(adapter.dispatch('number_text', 'finops')(number)) }} {%- endmacro %}
{% macro duckdb__number_text(number) -%} rtrim(rtrim(cast({{ number }} as string), '0'), '.') {%- endmacro %}
{% macro bigquery__number_text(number) -%}
    case
        when strpos(cast({{ number }} as string), '.') > 0 then rtrim(rtrim(cast({{ number }} as string), '0'), '.')
        else cast({{ number }} as string)
    end
{%- endmacro %}

{#- An amount as people read it: cents, and a comma before every three digits. Never through a float. -#}
{% macro amount_text(amount) -%} {{ return(adapter.dispatch('amount_text', 'finops')(amount)) }} {%- endmacro %}
{% macro duckdb__amount_text(amount) -%}
    list_transform(
        [cast(round(({{ amount }}) * 100) as hugeint)],
        lambda cents: case when cents < 0 then '-' else '' end
        || format('{:,}', abs(cents) // 100) || '.' || format('{:02d}', abs(cents) % 100)
    )[1]
{%- endmacro %}
{% macro bigquery__amount_text(amount) -%}
    format('%' || chr(39) || '.2f', round({{ amount }}, 2))
{%- endmacro %}

{#- Several maps of tags as one, in the order of their keys; of a key in more than one the first named map counts. -#}
{% macro merged_tags(maps) -%} {{ return(adapter.dispatch('merged_tags', 'finops')(maps)) }} {%- endmacro %}
{% macro duckdb__merged_tags(maps) -%}
    map_from_entries(list_sort(map_entries(map_concat({{ maps | reverse | join(', ') }}))))
{%- endmacro %}
{% macro bigquery__merged_tags(maps) -%}
    array(
        select as struct merged.key, merged.value
        from (
            {%- for map in maps %}
            {{ 'union all ' if not loop.first }}select pair.key, pair.value, {{ loop.index }} as place from unnest({{ map }}) as pair
            {%- endfor %}
        ) as merged
        where true
        qualify row_number() over (partition by merged.key order by merged.place) = 1
        order by merged.key
    )
{%- endmacro %}

{#- Midnight in California at the start of a day, in UTC: where Google cuts its invoice months. -#}
{% macro pacific_midnight(day) -%} {{ return(adapter.dispatch('pacific_midnight', 'finops')(day)) }} {%- endmacro %}
{% macro duckdb__pacific_midnight(day) -%}
    timezone('UTC', timezone('America/Los_Angeles', cast({{ day }} as timestamp)))
{%- endmacro %}
{% macro bigquery__pacific_midnight(day) -%} timestamp({{ day }}, 'America/Los_Angeles') {%- endmacro %}

{#- What the one group of a regular expression finds in a text; null where it finds nothing. -#}
{% macro captured(text, pattern) -%} {{ return(adapter.dispatch('captured', 'finops')(text, pattern)) }} {%- endmacro %}
{% macro duckdb__captured(text, pattern) -%} nullif(regexp_extract({{ text }}, {{ pattern }}, 1), '') {%- endmacro %}
{% macro bigquery__captured(text, pattern) -%} nullif(regexp_extract({{ text }}, {{ pattern }}), '') {%- endmacro %}

{% macro matches(text, pattern) -%} {{ return(adapter.dispatch('matches', 'finops')(text, pattern)) }} {%- endmacro %}
{% macro duckdb__matches(text, pattern) -%} regexp_matches({{ text }}, {{ pattern }}) {%- endmacro %}
{% macro bigquery__matches(text, pattern) -%} regexp_contains({{ text }}, {{ pattern }}) {%- endmacro %}
