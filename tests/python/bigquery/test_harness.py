"""The checks of this folder, fed with what they must catch."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orchestration.formats import FORMATS

from .comparing import BUILD_HASH, differences
from .compiled import Node
from .raw_sample import FORMAT_OF, LINES_OF
from .test_types import LONGEST_COLUMN_DESCRIPTION, problems

if TYPE_CHECKING:
    from .googlesql import GoogleSQL

GOOD = Node(
    unique_id="model.finops.m",
    kind="model",
    name="m",
    path="models/m.sql",
    relation="standin.trial.m",
    sql="select cast(1 as numeric) as cost, date '2026-01-01' as billing_month, 'a' as source_name",
    contract={"cost": "numeric(38, 9)", "billing_month": "date", "source_name": "string"},
    partition_column="billing_month",
    cluster_columns=("source_name",),
)


def test_every_format_has_lines_in_the_sample() -> None:
    """Else a provider that somebody adds is compared on both engines by nothing."""
    assert set(FORMAT_OF.values()) == set(FORMATS)
    assert set(LINES_OF) >= {name for name in FORMATS if not name.startswith("aws_cur")}


def test_a_good_node_has_no_problems(googlesql: GoogleSQL) -> None:
    assert problems(googlesql, GOOD) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(GOOD, sql=GOOD.sql.replace("numeric", "numeric(38, 9)")), "Parameterized"),
        (replace(GOOD, sql=GOOD.sql.replace("numeric", "float64")), "cost is declared NUMERIC and is FLOAT64"),
        (replace(GOOD, sql=GOOD.sql + ", 1 as extra"), "extra is declared None and is INT64"),
        (replace(GOOD, sql=GOOD.sql + ", 1"), "has no name"),
        (replace(GOOD, sql=GOOD.sql + ', "source_name" as n'), "double quotes"),
        (replace(GOOD, sql="select * from `standin`.`trial`.`missing`"), "not found"),
        (replace(GOOD, partition_column="source_name"), "partitioned by source_name, which is STRING"),
        (replace(GOOD, cluster_columns=("nothing",)), "clustered by nothing, which is None"),
        (replace(GOOD, descriptions={"cost": "x" * (LONGEST_COLUMN_DESCRIPTION + 1)}), "description of cost"),
    ],
)
def test_a_bad_node_is_told(bad: Node, words: str, googlesql: GoogleSQL) -> None:
    assert words in " ".join(problems(googlesql, bad))


SIDE = (["id", "cost", "tags", "at"], [("a", Decimal("1.50"), {"k": "v", "a": None}, dt.datetime(2026, 1, 1, 5))])  # noqa: DTZ001


def test_the_same_in_another_dress_is_the_same() -> None:
    pairs = [{"key": "a", "value": None}, {"key": "k", "value": "v"}]
    at = dt.datetime(2026, 1, 1, 5, tzinfo=dt.UTC)
    other = (["AT", "ID", "COST", "TAGS"], [(at, "a", Decimal("1.5"), pairs)])
    assert differences("r", SIDE, other, labels=("l", "r")) == []
    assert differences("r", (["t"], [(None,)]), (["t"], [([],)]), labels=("l", "r")) == []


@pytest.mark.parametrize(
    "rows",
    [
        [],
        SIDE[1] * 2,
        [("a", Decimal("1.500000001"), *SIDE[1][0][2:])],
        [("a", None, *SIDE[1][0][2:])],
        [(*SIDE[1][0][:2], {"k": "w"}, SIDE[1][0][3])],
        [(*SIDE[1][0][:3], dt.datetime(2026, 1, 1, 0))],  # noqa: DTZ001
    ],
)
def test_any_other_row_is_told(rows: list[tuple[object, ...]]) -> None:
    assert differences("r", SIDE, (SIDE[0], rows), labels=("DuckDB", "BigQuery"))


def test_another_column_is_told() -> None:
    assert differences("r", SIDE, ([*SIDE[0], "more"], []), labels=("l", "r")) == ["r: columns differ: ['more']"]


def test_rows_told_apart_only_by_an_engines_hash_are_one() -> None:
    left, right = ([BUILD_HASH, "id"], [(1, "a")]), ([BUILD_HASH, "id"], [(8, "a"), (9, "a")])
    assert differences("r", left, right, labels=("l", "r")) == []
