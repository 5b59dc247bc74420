"""An amount is told to people in the same words by both engines, to the last cent and whatever its size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import jinja2
import pytest

if TYPE_CHECKING:
    from .googlesql import GoogleSQL

ENGINE = Path(__file__).resolve().parents[3] / "macros" / "engine.sql"
AMOUNTS = [
    ("1234567.89", "1,234,567.89"),
    ("-1234.5", "-1,234.50"),
    ("999.995", "1,000.00"),
    ("12", "12.00"),
    ("0", "0.00"),
    ("-0.001", "0.00"),
    ("0.005", "0.01"),  # half away from zero
    ("-0.005", "-0.01"),
    ("9007199254740993.01", "9,007,199,254,740,993.01"),  # more than a float can tell
    ("12345678901234567890123456.789", "12,345,678,901,234,567,890,123,456.79"),
    (None, None),
]


def macro(name: str, value: str) -> str:
    """Render one engine's macro without dbt."""
    text = ENGINE.read_text(encoding="utf-8")
    start = text.index(f"{{% macro {name}(")
    end = text.index("{%- endmacro %}", start) + len("{%- endmacro %}")
    return jinja2.Template(f"{text[start:end]}{{{{ {name}(value) }}}}").render(value=value)


@pytest.mark.parametrize(("amount", "words"), AMOUNTS)
def test_both_engines_write_an_amount_alike(amount: str | None, words: str | None, googlesql: GoogleSQL) -> None:
    value = "null" if amount is None else f"'{amount}'"
    ours = macro("duckdb__amount_text", f"cast({value} as decimal(38, 9))")
    theirs = macro("bigquery__amount_text", f"cast({value} as numeric)")
    assert duckdb.execute(f"select {ours}").fetchone() == (words,)
    assert googlesql.run(f"select {theirs} as words")[1] == [(words,)]
