"""Money: read exactly, rounded once, half away from zero, whatever type it was delivered in."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing.expressions import EXACT, exact_sql, is_short_sql, money_sql
from orchestration.landing.records import EXACT as CONTEXT

from .world import CUR2_LINE, FOCUS_LINE, World, data_export, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

BILLIONTH = Decimal("1e-9")
LAST_DIGIT = Decimal("1e-24")
PLAIN_AMOUNTS = st.decimals(-1_000_000, 1_000_000, places=9).map(float)
ANY_AMOUNTS = st.floats(-1e9, 1e9, allow_nan=False)
LARGE_AMOUNTS = st.floats(-9.9e13, 9.9e13) | st.integers(-(10**13), 10**13).map(float)
HALF = BILLIONTH / 2


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database for the whole module: Hypothesis asks it many times."""
    with duckdb.connect() as connection:
        yield connection


def read(database: duckdb.DuckDBPyConnection, expression: str, physical: str, value: object) -> object:
    """Evaluate an expression over one value of a type."""
    return database.execute(f"select {expression} from (select cast(? as {physical}) as x)", [value]).fetchone()[0]


def in_words(value: Decimal, step: Decimal) -> Decimal:
    """Round half away from zero, as a person would by hand."""
    return value.quantize(step, ROUND_HALF_UP, CONTEXT)


@settings(max_examples=300, deadline=None)
@given(st.lists(PLAIN_AMOUNTS | ANY_AMOUNTS, min_size=1, max_size=20))
def test_doubles_are_summed_as_their_shortest_text(database: duckdb.DuckDBPyConnection, amounts: list[float]) -> None:
    exact = database.execute(
        f"select sum({exact_sql('x', 'DOUBLE')}) from (select unnest(cast(? as double[])) as x)", [amounts]
    ).fetchone()[0]
    expected = Decimal(0)
    for amount in amounts:
        expected = CONTEXT.add(expected, delivered_as(database, amount))
    assert exact == expected


def delivered_as(database: duckdb.DuckDBPyConnection, amount: float) -> Decimal:
    """Give the shortest text of a double, or its rounding where that is further off than rounding can be."""
    text = in_words(Decimal(repr(amount)), LAST_DIGIT)
    rounded = read(database, money_sql("x", "DOUBLE"), "double", amount)
    return text if abs(CONTEXT.subtract(text, rounded)) <= HALF else rounded


@settings(max_examples=500, deadline=None)
@given(PLAIN_AMOUNTS | ANY_AMOUNTS | LARGE_AMOUNTS, st.sampled_from(["DOUBLE", "FLOAT"]))
def test_rounding_never_takes_more_than_half_a_billionth(
    database: duckdb.DuckDBPyConnection, amount: float, physical: str
) -> None:
    """Also of sums in won and rupiah: what was delivered is the rounded line and a residue that is small."""
    exact = read(database, exact_sql("x", physical), physical, amount)
    rounded = read(database, money_sql("x", physical), physical, amount)
    assert abs(CONTEXT.subtract(exact, rounded)) <= HALF
    if physical == "DOUBLE":  # and both are what the double says, as closely as a double of this size can
        assert abs(rounded - Decimal(repr(amount))) <= max(BILLIONTH, Decimal(math.ulp(amount)))


@settings(max_examples=300, deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_a_double_without_decimals_is_that_number(database: duckdb.DuckDBPyConnection, amount: int) -> None:
    assert read(database, money_sql("x", "DOUBLE"), "double", float(amount)) == amount


def test_a_float_of_32_bits_is_its_shortest_text(database: duckdb.DuckDBPyConnection) -> None:
    for reading in (exact_sql, money_sql):
        assert read(database, reading("x", "FLOAT"), "float", 0.1) == Decimal("0.1")


@settings(max_examples=500, deadline=None)
@given(PLAIN_AMOUNTS | ANY_AMOUNTS)
def test_the_short_way_is_taken_only_where_it_gives_the_exact_number(
    database: duckdb.DuckDBPyConnection, amount: float
) -> None:
    if read(database, is_short_sql("x", "DOUBLE"), "double", amount):
        assert read(database, money_sql("x", "DOUBLE"), "double", amount) == Decimal(repr(amount))


def test_the_short_way_is_taken_for_everyday_amounts(database: duckdb.DuckDBPyConnection) -> None:
    for amount in (0.0, 0.1, -12.34, 0.000000001, 999999.999999999, 4.0e-7):
        assert read(database, is_short_sql("x", "DOUBLE"), "double", amount)


@settings(max_examples=300, deadline=None)
@given(st.decimals(-99_999_999, 99_999_999, places=24))
def test_text_is_read_digit_by_digit_and_rounded_half_away_from_zero(
    database: duckdb.DuckDBPyConnection, amount: Decimal
) -> None:
    text = format(amount, "f")
    assert read(database, exact_sql("x", "VARCHAR"), "varchar", text) == Decimal(text)
    stored = read(database, money_sql("x", "DECIMAL(38,24)"), EXACT, text)
    assert stored == in_words(Decimal(text), BILLIONTH)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.0000000005, "0.000000001"),
        (-0.0000000005, "-0.000000001"),
        (0.00000000049, "0"),
        (5.2e-9, "0.000000005"),
        (123456.123456789, "123456.123456789"),
        (1e9, "1000000000"),
        (-987654321.25, "-987654321.25"),
        (1234567890.1234567, "1234567890.123456717"),
    ],
)
def test_doubles_are_rounded_half_away_from_zero(
    database: duckdb.DuckDBPyConnection, amount: float, expected: str
) -> None:
    assert read(database, money_sql("x", "DOUBLE"), "double", amount) == Decimal(expected)


@settings(max_examples=10, deadline=None)
@given(st.lists(PLAIN_AMOUNTS | ANY_AMOUNTS, min_size=1, max_size=30))
def test_the_ledger_and_the_view_agree_with_the_delivered_lines(
    tmp_path_factory: pytest.TempPathFactory, database: duckdb.DuckDBPyConnection, amounts: list[float]
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    lines = [{**CUR2_LINE, "line_item_unblended_cost": amount} for amount in amounts]
    data_export(world.source("aws_cur2", "parquet"), lines)
    write_csv(world.source("focus", "text") / "bill.csv", [{**FOCUS_LINE, "BilledCost": repr(a)} for a in amounts])
    assert not world.land().rejected
    delivered, written = Decimal(0), Decimal(0)
    for amount in amounts:
        delivered = CONTEXT.add(delivered, delivered_as(database, amount))
        written = CONTEXT.add(written, in_words(Decimal(repr(amount)), LAST_DIGIT))
    costs = world.query("select delivered_cost, raw_cost from finops_raw.delivery_costs order by source_name")
    assert [cost for cost, _ in costs] == [delivered, written]
    views = world.query("""
        select sum(line_item_unblended_cost) from finops_raw.aws_cur2
        union all select sum(BilledCost) from finops_raw.focus
    """)
    assert [cost for _, cost in costs] == [cost for (cost,) in views]


def test_sums_beyond_28_digits_stay_exact(world: World) -> None:
    amounts = ["99999999.123456789012345678901234", "0.000000000000000000000001"]
    lines = [{**FOCUS_LINE, "BilledCost": text, "ServiceName": text} for text in amounts]
    write_csv(world.source("focus") / "bill.csv", lines)
    world.land()
    assert world.query("select delivered_cost from finops_raw.delivery_costs") == [
        (Decimal("99999999.123456789012345678901235"),)
    ]
