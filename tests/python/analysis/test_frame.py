"""The step between the halves of the build: analyses read marts, give tables, and leave nothing else behind."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from orchestration import analysis
from orchestration.analysis import Analysis, Context
from orchestration.analysis.warehouse import DuckDBWarehouse

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pa.schema([("team", pa.string()), ("cost", pa.decimal128(38, 9))])


def doubled(context: Context) -> dict[str, pa.Table]:
    """Double every cost."""
    marts = context.warehouse.relation("marts", "costs")
    (context.cache / "seen").write_text(context.publication_id)
    found = context.warehouse.query(f"select cost + cost as cost, team from {marts} order by team")
    return {"doubled_costs": found}


DOUBLED = Analysis("doubled", ("costs",), {"doubled_costs": SCHEMA}, doubled)


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> DuckDBWarehouse:
    monkeypatch.setattr(analysis, "analyses", lambda: (DOUBLED,))
    con = duckdb.connect()
    con.execute("create schema finops_marts")
    con.execute("create table finops_marts.costs as select 'web' as team, cast(1.5 as decimal(38, 9)) as cost")
    return DuckDBWarehouse(con)


def run(warehouse: DuckDBWarehouse, cache: Path) -> list[str]:
    context = Context(warehouse, dt.datetime(2026, 10, 31), "20261031T000000.000Z", cache)  # noqa: DTZ001
    return analysis.run_analyses(lambda _: context)


def rows(warehouse: DuckDBWarehouse) -> list[tuple]:
    return warehouse.connection.execute("select * from finops_analysis.doubled_costs").fetchall()


def test_tables_are_there_before_anything_was_computed(warehouse: DuckDBWarehouse) -> None:
    analysis.create_empty(warehouse)
    assert rows(warehouse) == []


def test_an_analysis_gives_its_tables_in_their_declared_columns(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    assert run(warehouse, tmp_path / "cache") == ["doubled_costs"]
    assert rows(warehouse) == [("web", Decimal("3.000000000"))]
    assert (tmp_path / "cache" / "seen").read_text() == "20261031T000000.000Z"


def test_what_is_there_stays_until_it_is_computed_anew(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    run(warehouse, tmp_path)
    analysis.create_empty(warehouse)
    assert len(rows(warehouse)) == 1
    warehouse.connection.execute("update finops_marts.costs set cost = 2")
    run(warehouse, tmp_path)
    assert rows(warehouse) == [("web", Decimal("4.000000000"))]
