"""Maps that are delivered as lists or as text: the first value of a key counts, what has no key is left out."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.landing.engine import literal
from orchestration.landing.expressions import map_sql

PAIRS = 'STRUCT("key" VARCHAR, "value" VARCHAR)[]'


def _struct(pair: tuple[str | None, str | None] | None) -> str:
    if pair is None:
        return "null"
    key, value = ("null" if part is None else literal(part) for part in pair)
    return f"{{'key': {key}, 'value': {value}}}"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (None, None),
        ([], {}),
        ([("a", "1")], {"a": "1"}),
        ([("a", None)], {"a": None}),
        ([(None, "1")], {}),
        ([None], {}),
        ([("b", "1"), ("a", "2")], {"b": "1", "a": "2"}),
        ([("a", "1"), ("a", "2")], {"a": "1"}),
        ([("a", "1"), (None, "2")], {"a": "1"}),
        ([(None, "1"), ("a", "2")], {"a": "2"}),
        ([("a", "1"), None], {"a": "1"}),
        ([("a", "1"), ("b", "2"), ("a", "3")], {"a": "1", "b": "2"}),
        ([("a", "1"), ("b", "2"), (None, "3")], {"a": "1", "b": "2"}),
        ([("c", "1"), ("b", "2"), ("a", "3")], {"c": "1", "b": "2", "a": "3"}),
    ],
)
def test_a_list_of_keys_and_values_is_a_map(
    pairs: list[tuple[str | None, str | None] | None] | None, expected: dict[str, str | None] | None
) -> None:
    values = "null" if pairs is None else f"[{', '.join(map(_struct, pairs))}]"
    with duckdb.connect() as con:
        con.execute(f"create table delivered as select cast({values} as {PAIRS}) as pairs")
        found = con.execute(f"select {map_sql('pairs', PAIRS)} from delivered").fetchone()[0]
    assert found == expected
    assert found is None or list(found) == list(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"env": "prod", "team": "a", "env": "lab"}', {"env": "prod", "team": "a"}),
        ('"env": "prod","env": "lab"', {"env": "prod"}),
        ('"env": "prod",NULL,"env": "lab"', {"env": "prod"}),
        ('{"a/b~c": "1", "a/b~c": "2", "$x.y": "3", "": "4"}', {"a/b~c": "1", "$x.y": "3", "": "4"}),
        ('{"q\\"t": null, "n": {"z": 1}, "n": 2, "l": [1]}', {'q"t': None, "n": '{"z":1}', "l": "[1]"}),
        ('{"env": "prod", "env": ', {"_unparsed": '{"env": "prod", "env": '}),
    ],
)
def test_a_text_that_says_a_key_twice_is_a_map(text: str, expected: dict[str, str | None]) -> None:
    with duckdb.connect() as con:
        con.execute("create table delivered as select ? as tags", [text])
        found = con.execute(f"select {map_sql('tags', 'VARCHAR')} from delivered").fetchone()[0]
    assert found == expected
    assert list(found) == list(expected)
