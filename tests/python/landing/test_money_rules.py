"""The rules about currencies and tolerances: what is wrong with a row is said with its line and what to write."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.errors import FinopsError
from orchestration.landing.rules import RATE_AGE_DAYS, RULE_FILES, load_rules

if TYPE_CHECKING:
    from .world import World

HEADERS = {kind.name: ",".join(kind.columns) for kind in RULE_FILES}
REPORTING, TOLERANCES = "reporting_currency.csv", "invoice_tolerances.csv"


def load(world: World, name: str, rows: str) -> duckdb.DuckDBPyConnection:
    """Write one rule file beside the sources file and load the rules."""
    folder = world.root / "rules"
    folder.mkdir()
    (folder / name).write_text(f"{HEADERS[name]}\n{rows}\n", encoding="utf-8")
    connection = duckdb.connect()
    load_rules(connection, type(world)(world.root).settings)
    return connection


def test_a_rate_may_be_a_week_old_unless_the_rule_says_otherwise(world: World) -> None:
    con = load(world, REPORTING, "USD,charge_date,,,2026-01-01\nEUR,invoice_date,3,2026-01-01,")
    rows = con.execute(
        "select reporting_currency, max_rate_age_days from finops_raw.rule_reporting_currency"
    ).fetchall()
    assert rows == [("USD", RATE_AGE_DAYS), ("EUR", 3)]


def test_a_tolerance_is_an_exact_amount(world: World) -> None:
    con = load(world, TOLERANCES, "USD,0.000000001,,,,")
    assert con.execute("select tolerance_cost from finops_raw.rule_tolerances").fetchall() == [
        (Decimal("0.000000001"),)
    ]


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [
        (REPORTING, "Euro,charge_date,,,", "line 2: 'Euro' is no currency code"),
        (REPORTING, "EUR,today,,,", "unknown rate_basis 'today'; it must be one of: charge_date, invoice_date"),
        (REPORTING, "EUR,charge_date,a week,,", "max_rate_age_days 'a week' is not a number of days"),
        (REPORTING, "EUR,charge_date,,,\nUSD,charge_date,,2026-01-01,", "line 3: it overlaps in time with line 2"),
        (TOLERANCES, "usd,1,,,,", "'usd' is no currency code"),
        (TOLERANCES, "USD,-1,,,,", "tolerance_cost '-1' is not an amount such as 0.05"),
        (TOLERANCES, "USD,1,soon,,,", "timing_days 'soon' is not a number of days"),
        (TOLERANCES, "USD,1,,19 %,,", "max_tax_share '19 %' is not a share such as 0.1"),
        (TOLERANCES, "USD,1,,,,\nUSD,2,,,2026-01-01,", "both are about: USD"),
    ],
)
def test_a_bad_row_is_named_with_what_to_write(world: World, name: str, rows: str, words: str) -> None:
    with pytest.raises(FinopsError, match=name) as caught:
        load(world, name, rows)
    assert words in str(caught.value)
