"""How one delivered column becomes one canonical column, in SQL, by the type that it was delivered in.

Used by the raw relations, the profile and the conversion of CSV, so that money and time are read by one rule.
What a column means is in `formats/`; which files are read is in `relations.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.base import name_key
from orchestration.landing.engine import identifier, literal, text_list
from orchestration.landing.nested import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.formats import Column, ColumnMatch, Format
    from orchestration.landing.nested import Field

EXACT = "decimal(38, 24)"
EXACT_DIGITS = 14  # before the decimal point
MONEY = "decimal(38, 9)"
MAP = "map(varchar, varchar)"
COUNTABLE = 1 << 23
"""Below it a double counts every billionth."""
UNREADABLE_KEY = "_unparsed"
"""The key under which a map column keeps a text that is not a JSON object."""

FLOATS = ("DOUBLE", "FLOAT")
_TRUTH = "BOOLEAN"
"""No amount, though the engine would make 1 of true."""
_NAIVE = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "DATE")
_NESTED = ("MAP(", "STRUCT(", "UNION(")


def column_sql(column: Column, match: ColumnMatch, fields: dict[str, Field], *, converted: bool) -> str:
    """Read `column` in its canonical type; a column that was not delivered is a typed null.

    `converted`: the file is ours (made from text), so that its texts are clean already.
    """
    if column.name not in match.direct:
        if column.name in match.spread:
            keys = match.spread[column.name]
            return spread_sql({key: text_sql(fields[name].sql, fields[name].type) for key, name in keys.items()})
        return f"cast(null as {column.sql_type})"
    field = fields[match.direct[column.name]]
    if converted and column.kind == "text" and field.type == "VARCHAR":
        return field.sql
    return value_sql(column, field.sql, field.type)


def value_sql(column: Column, value: str, physical: str) -> str:
    """Read a value in the type of its column."""
    match column.kind:
        case "timestamp":
            return timestamp_sql(value, physical)
        case "month":
            return month_sql(column, value, physical)
        case "decimal" | "rate":
            return money_sql(value, physical)
        case "map":
            return map_sql(value, physical)
        case "list":
            return list_sql(column, value, physical, value_sql)
    return text_sql(value, physical)


def month_sql(column: Column, value: str, physical: str) -> str:
    """Read the month of a time, or of text such as `202610` or `2026-10` where the column is a month; else null."""
    if column.kind == "month" and physical not in (*_NAIVE, "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        text = f"trim(cast({value} as varchar))"
        digits = f"case when regexp_matches({text}, '^[12][0-9]{{3}}-?[0-9]{{2}}$') then {text} end"
        named = f"try_cast(left({digits}, 4) || '-' || right({digits}, 2) || '-01' as date)"
        return f"coalesce({named}, cast(date_trunc('month', {text_timestamp_sql(text)}) as date))"
    return f"cast(date_trunc('month', {timestamp_sql(value, physical)}) as date)"


def period_month_sql(fmt: Format, value: str, physical: str) -> str:
    """Read the billing month of a line from the column of its period.

    Midnight in a zone east of UTC is the evening before in UTC: a period that begins then is the next month's.
    """
    column = fmt.by_name[fmt.period_column]
    if column.name != fmt.month_first_column:
        return month_sql(column, value, physical)
    return month_sql(column, f"({timestamp_sql(value, physical)} + interval 14 hours)", "TIMESTAMP")


def exact_sql(value: str, physical: str) -> str:
    """Read money exactly as delivered: text digit by digit, a double through its shortest text; null if no number.

    A large double has no nine reliable decimals: where its text and `money_sql` are more than half a billionth apart,
    the latter counts as delivered, so that rounding never takes more than half a billionth per amount.
    """
    if physical == _TRUTH:
        return f"cast(null as {EXACT})"
    if physical in FLOATS:
        text = f"try_cast(cast({value} as varchar) as {EXACT})"
        rounded = f"try_cast({money_sql(value, physical)} as {EXACT})"  # past 1e14 neither has a place
        is_close = f"abs({text} - {rounded}) * 2 <= cast(0.000000001 as decimal(10, 9))"
        return f"case when {is_close} then {text} else {rounded} end"
    if physical == "VARCHAR":
        value = _without_underscores(value)
    return value if physical == "DECIMAL(38,24)" else f"try_cast({value} as {EXACT})"


def is_short_sql(value: str, physical: str) -> str:
    """Tell a double whose shortest text is its `money_sql` digit by digit: up to 15 digits, at most 9 decimals.

    Up to 15 digits no two decimals share a double, so the one that gives the double back is its shortest text. The
    sum of such values needs no text, which is five times faster.
    """
    if physical != "DOUBLE":
        return "false"
    return f"(abs({value}) < 1e6 and round({value} * 1e9) / 1e9 = {value})"


def money_sql(value: str, physical: str) -> str:
    """Round money to 9 decimals, half away from zero.

    A double goes over whole billionths: many times faster than over its text, and the same on every engine. Where
    these are more than a double can count, its whole part goes by itself. A float of 32 bits becomes the double of its
    shortest text: 0.1 is not meant as 0.100000001.
    """
    if physical == _TRUTH:
        return f"cast(null as {MONEY})"
    if physical in FLOATS:
        if physical == "FLOAT":
            value = f"cast(cast({value} as varchar) as double)"
        # try_cast: a NaN in some far column must not stop every query; the cost column itself is checked on landing.
        # Below `COUNTABLE` billionths have 16 digits at most; a decimal of 18 is 64 bits wide and twice as fast.
        billionths = f"try_cast(round({value} * 1e9) as decimal(18, 0))"
        rest = f"try_cast(round(({value} - trunc({value})) * 1e9) as decimal(28, 0))"
        billionth = "cast(0.000000001 as decimal(10, 9))"
        return (
            f"case when abs({value}) < {COUNTABLE} then cast({billionths} * {billionth} as {MONEY}) "
            f"else cast(try_cast(trunc({value}) as decimal(28, 0)) + {rest} * {billionth} as {MONEY}) end"
        )
    if physical == "VARCHAR":
        return f"try_cast({_without_underscores(value)} as {MONEY})"
    return value if physical == "DECIMAL(38,9)" else f"cast({value} as {MONEY})"


def _without_underscores(value: str) -> str:
    """Leave out a text that DuckDB, and no export, takes for a number: `1_000`."""
    return f"case when not contains({value}, '_') then {value} end"


def timestamp_sql(value: str, physical: str) -> str:
    """Read a time as naive UTC, whatever the time zone of the session; null if it is not a date."""
    if physical == "TIMESTAMP":
        return value
    if physical in _NAIVE:
        return f"cast({value} as timestamp)"
    if physical == "TIMESTAMP WITH TIME ZONE":
        return f"({value} at time zone 'UTC')"
    return text_timestamp_sql(value if physical == "VARCHAR" else f"cast({value} as varchar)")


def text_timestamp_sql(value: str) -> str:
    """Read a date or time as naive UTC; null if it is none.

    ISO order with or without an offset, or a date with slashes, month first, as spreadsheets and Azure write it.
    """
    has_zone = f"regexp_matches({value}, ':.*([zZ]|UTC|[+-][0-9][0-9](:?[0-9][0-9])?)\\s*$')"
    zoned = f"try_cast({value} as timestamptz) at time zone 'UTC'"
    # A plain cast would drop the offset of a zoned text, and take `4/1/25` for a day of the year 4.
    is_iso = f"regexp_matches({value}, '^\\s*[12][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}')"
    # Most exports write just these, and a pattern of fixed length is several times faster than the ones above.
    is_plain = f"({value} like '2___-__-__T__:__:__%Z' or {value} like '2___-__-__')"
    return (
        f"case when {is_plain} then try_cast({value} as timestamp) "
        f"when not {is_iso} then {_slashed_sql(value)} when {has_zone} then {zoned} "
        f"else try_cast({value} as timestamp) end"
    )


def is_day_first_sql(value: str) -> str:
    """Tell a date with slashes that should be the first of a month but is not, read month first: `1/4/25` for April."""
    return f"coalesce(regexp_matches({value}, '^\\s*0?1/0?([2-9]|1[0-2])/'), false)"


def _slashed_sql(value: str) -> str:
    """Read `4/1/25` or `04/01/2025`, with or without a time of day, as the first of April; else null."""
    times = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
    short, full = (text_list([f"%m/%d/%{year}{time}" for time in times]) for year in "yY")
    is_short, is_full = (
        f"regexp_matches({value}, '^\\s*[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{{digits}}}(\\s|$)')" for digits in (2, 4)
    )
    return (
        f"case when {is_short} then try_strptime(trim({value}), {short}) "
        f"when {is_full} then try_strptime(trim({value}), {full}) end"
    )


def text_exact_sql(value: str) -> str:
    """Read money from text exactly; also as people write it, `$10,000.00 ` or `($5.00)`. Null if it is no number.

    A comma divides thousands only beside a currency sign or a decimal point: alone it may as well be a decimal comma.
    """
    number = "[0-9]{1,3}(,[0-9]{3})+|[0-9]+"
    signed = rf"^\s*-?\(?\s*[$€£¥]\s*-?({number})(\.[0-9]+)?\)?\s*$"
    grouped = r"^\s*-?\(?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+\)?\s*$"
    is_negative = f"regexp_matches({value}, '[-(]')"
    digits = f"regexp_replace({value}, '[^0-9.]', '', 'g')"
    return (
        f"coalesce(try_cast({_without_underscores(value)} as {EXACT}), "
        f"case when regexp_matches({value}, '{signed}|{grouped}') "
        f"then try_cast(case when {is_negative} then '-' else '' end || {digits} as {EXACT}) end)"
    )


def map_sql(value: str, physical: str) -> str:
    """Read a map; text is taken for a JSON object, with or without its braces and with NULLs between its entries.

    Some tools write it as Python does.

    Text that is none is kept under `UNREADABLE_KEY`. A list of keys and values is a map too. Of a key that is there
    twice the first value counts.
    """
    if physical == "MAP(VARCHAR, VARCHAR)":
        return value
    if physical.startswith("MAP("):
        return f"cast({value} as {MAP})"
    if physical.endswith("[]"):
        return _pairs_sql(value, physical)
    text = value if physical == "VARCHAR" else f"cast(to_json({value}) as varchar)"
    whole = f"case when starts_with(ltrim({text}), '{{') then {text} else '{{' || {text} || '}}' end"
    # Azure writes `"a": "1",NULL,NULL,"b": "2"`.
    mended = f"regexp_replace({text}, '\"(\\s*,\\s*NULL)+\\s*(,\\s*\"|$)', '\"\\2', 'g')"
    mended = f"regexp_replace({mended}, '^(\\s*NULL\\s*,)+', '')"
    mended = f"'{{' || {mended} || '}}'"
    parsed = [f"try_cast(try_cast({one} as json) as {MAP})" for one in (whole, mended, _python_as_json(text))]
    parsed += [_repeating_sql(one) for one in (whole, mended)]  # a cast takes no key twice
    pairs = _pairs_sql(_list_of(text, "struct(key varchar, value varchar)"), "STRUCT(key VARCHAR, value VARCHAR)[]")
    return (
        f"case when nullif({text}, '') is null then null "
        f"else coalesce(case when left(ltrim({text}), 1) = '[' then {pairs} else coalesce({', '.join(parsed)}) end, "
        f"map {{{literal(UNREADABLE_KEY)}: {text}}}) end"
    )


def _pairs_sql(value: str, physical: str) -> str:
    parts = parts_of(physical)
    if not {"key", "value"} <= set(parts):
        return f"cast(map_from_entries({value}) as {MAP})"
    key_name, content_name = (identifier(parts[name][0]) for name in ("key", "value"))
    key, content = (f"cast(pair.{name} as varchar)" for name in (key_name, content_name))
    keys = f"list_transform({value}, lambda pair: {key})"
    first, second = (f"cast(({value})[{place}].{key_name} as varchar)" for place in (1, 2))
    entries = f"list_transform({value}, lambda pair: {{'k': {key}, 'v': {content}}})"
    # Only where a key is missing or repeated, the first place of every key is looked for.
    is_first = f"entry.k is not null and list_position({keys}, entry.k) = place"
    # Counting different keys takes a third of the time, and most lists have two at most.
    are_unique = (
        f"case len({value}) when 0 then true when 1 then {first} is not null when 2 then {first} <> {second} "
        f"else list_unique({keys}) = len({value}) end"
    )
    return (
        f"case when {are_unique} then map_from_entries({entries}) "
        f"when {value} is not null then map_from_entries(list_filter({entries}, lambda entry, place: {is_first})) end"
    )


def _repeating_sql(text: str) -> str:
    """Read a JSON object of which a key may be there twice; null if the text is none."""
    content = f"case when json_type(try_cast({text} as json)) = 'OBJECT' then try_cast({text} as json) end"
    keys = f"list_filter(json_keys({content}), lambda key, place: list_position(json_keys({content}), key) = place)"
    pointer = "'/' || replace(replace(key, '~', '~0'), '/', '~1')"
    entry = f"{{'k': key, 'v': json_extract_string({content}, {pointer})}}"
    return f"map_from_entries(list_transform({keys}, lambda key: {entry}))"


def list_sql(column: Column, value: str, physical: str, part_sql: Callable[[Column, str, str], str]) -> str:
    """Read a list of structs, each part by `part_sql`; text is JSON (or Python's way of writing it), else null."""
    if not physical.endswith("[]"):
        text = value if physical == "VARCHAR" else f"cast(to_json({value}) as varchar)"
        shape = ", ".join(f"{identifier(part.name)} VARCHAR" for part in column.parts)
        value, physical = _list_of(text, f"STRUCT({shape})"), f"STRUCT({shape})[]"
    found = parts_of(physical)
    packed = []
    for part in column.parts:
        name, part_type = found.get(name_key(part.name), ("", ""))
        inner = part_sql(part, f"item.{identifier(name)}", part_type) if name else f"cast(null as {part.sql_type})"
        packed.append(f"{identifier(part.name)} := {inner}")
    return f"list_transform({value}, lambda item: struct_pack({', '.join(packed)}))"


def _list_of(text: str, element: str) -> str:
    """Read text as a JSON list; some tools write lists as Python does, with single quotes and None."""
    as_json, as_python = (
        f"try_cast(try_cast({item} as json) as {element}[])" for item in (text, _python_as_json(text))
    )
    return f"coalesce({as_json}, {as_python})"


def _python_as_json(text: str) -> str:
    """Write what Python prints as a list or dict (quotes of either kind, None, escapes) as JSON.

    Quoted parts are taken one by one, or the apostrophe in a name would end it.
    """
    parts = rf"""regexp_extract_all({text}, '''([^''\\]|\\.)*''|"([^"\\]|\\.)*"|[^''"]+', 0, 's')"""
    single = r"""replace(replace(part[2:-2], '\''', ''''), '"', '\"')"""
    quoted = f"""case left(part, 1) when '''' then '"' || {single} || '"' when '"' then part end"""
    unescaped = rf"regexp_replace({quoted}, '((^|[^\\])(\\\\)*)\\x', '\1\\u00', 'g')"
    words = r"regexp_replace(part, '\bNone\b', 'null', 'g')"
    return f"array_to_string(list_transform({parts}, lambda part: coalesce({unescaped}, {words})), '')"


def spread_sql(columns: dict[str, str]) -> str:
    """Make one map of many columns ({key: text expression}); empty values are left out."""
    entries = ", ".join(f"{{'k': {literal(key)}, 'v': {value}}}" for key, value in columns.items())
    return f"map_from_entries(list_filter([{entries}], lambda entry: entry.v is not null))"


def text_sql(value: str, physical: str) -> str:
    """Read text; the empty text is null, and a nested value is its JSON."""
    if physical.startswith(_NESTED) or physical.endswith("[]"):
        return f"cast(to_json({value}) as varchar)"
    if physical in FLOATS:  # a data frame takes an id for a number where some line has none
        whole = f"trunc({value}) = {value} and abs({value}) < 1e15"
        number = f"case when {whole} then cast(cast({value} as bigint) as varchar) else cast({value} as varchar) end"
        return f"case when not isnan({value}) then {number} end"
    return f"nullif({value if physical == 'VARCHAR' else f'cast({value} as varchar)'}, '')"
