"""What the models say about simulated Google Cloud bills is what the simulator knows to be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from orchestration.simulator import gcp
from orchestration.simulator.engine import connect
from orchestration.simulator.periods import calendar
from orchestration.simulator.truth import write_commitments

from .worlds import landed, run

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = "billing_month, billing_currency"
# A line is rounded once to nine decimals; a share of a fee hangs on ratios that are rounded as well.
PER_LINE, SHARED = "0.000000001", "0.000001"


@pytest.fixture(scope="module", params=[(7, "2026-09"), (2026, "2027-12")], ids=["autumn", "leap"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Simulate, land and build three months of Google Cloud alone; the truth is there as `lines` and `commitments`."""
    home = tmp_path_factory.mktemp("google")
    seed, start = request.param
    with connect(600, home / "spill") as con:
        months = calendar(start, 3, seed)
        write_commitments(con, gcp.write(con, home / "exports", home / "truth", months, seed, 1), home / "truth")
    entry = {"name": "google", "format": "gcp_billing", "uri": "exports/gcp_billing"}
    (home / "sources.yml").write_text(yaml.safe_dump({"sources": [entry]}))
    settings = landed(home, home / "sources.yml")
    wanted = ("--select", "+cost_reconciliation", "+fct_commitments_daily", "+int_focus_lines")
    # The tests of these models read others too; they run with the sample company's build.
    outcome = run(settings, "build", "--full-refresh", *wanted, "--exclude-resource-type", "test", "unit_test")
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        con.execute(f"create temp view lines as select * from '{home}/truth/lines-*.parquet'")
        con.execute(f"create temp view commitments as select * from '{home}/truth/commitments.parquet'")
        yield con


def differing(con: duckdb.DuckDBPyConnection, keys: str, measure: str, tolerance: str) -> list[tuple]:
    """Return where two sums per `keys` differ by more than `tolerance` a line."""
    sums = f"select {keys}, sum({measure}) as amount, count(*) as number from"
    same = " and ".join(f"ours.{key} is not distinct from truth.{key}" for key in keys.split(", "))
    return con.execute(
        f"with ours as ({sums} finops_intermediate.int_focus_lines group by all), truth as ({sums} lines group by all) "
        f"select * from ours full join truth on {same} "
        f"where abs(coalesce(ours.amount, 0) - coalesce(truth.amount, 0)) > {tolerance} * coalesce(truth.number, 0)"
    ).fetchall()


@pytest.mark.parametrize("measure", ["billed_cost", "effective_cost"])
def test_every_month_costs_what_it_truly_costs(built: duckdb.DuckDBPyConnection, measure: str) -> None:
    assert differing(built, KEYS, measure, PER_LINE) == []


@pytest.mark.parametrize("measure", ["billed_cost", "effective_cost"])
def test_every_project_costs_what_it_truly_costs(built: duckdb.DuckDBPyConnection, measure: str) -> None:
    assert built.execute("select count(distinct sub_account_id) from lines").fetchone() == (3,)
    assert differing(built, f"{KEYS}, sub_account_id", measure, SHARED) == []


def test_effective_and_billed_cost_are_the_same_money(built: duckdb.DuckDBPyConnection) -> None:
    sums = "sum(billed_cost) - sum(effective_cost)"
    rows = built.execute(f"select {KEYS}, {sums} from finops_intermediate.int_focus_lines group by all").fetchall()
    assert len(rows) == 3
    assert [row for row in rows if row[-1] != 0] == []


def test_both_models_of_commitments_are_used_and_unused_as_in_truth(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute("""
        select billing_month, commitment_id, ours.used, ours.unused, truth.used, truth.unused
        from (
            select billing_month, commitment_discount_id as commitment_id, sum(used_cost) as used,
                sum(unused_cost) as unused
            from finops_marts.fct_commitments_daily group by all
        ) as ours
        full join (
            select billing_month, commitment_id, used_cost as used, unused_cost as unused from commitments
        ) as truth using (billing_month, commitment_id)
    """).fetchall()
    assert len(rows) == 9
    wrong = [row for row in rows if abs(row[2] - row[4]) > 1e-6 or abs(row[3] - row[5]) > 1e-6]
    assert wrong == []
    assert all(row[2] > 0 for row in rows)
    assert any(row[3] > 0 for row in rows)


def test_the_team_is_told_by_the_label_then_by_the_project(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select sub_account_id, tags['team'], count(*) from finops_intermediate.int_focus_lines "
        "where sub_account_id is not null group by all order by all"
    ).fetchall()
    assert [row[:2] for row in rows] == [
        ("hl-sandbox", None),
        ("hl-search-prod", "search"),
        ("hl-shop-prod", "checkout"),
    ]


def test_every_kind_of_line_has_its_category(built: duckdb.DuckDBPyConnection) -> None:
    rows = dict(
        built.execute(
            "select line_item_type || '/' || row_origin, string_agg(distinct charge_category, ' ') "
            "from finops_intermediate.int_focus_lines where not starts_with(coalesce(sku_meter, ''), 'Commitment') "
            "and coalesce(sku_meter, '') not like '%fee' group by all"
        ).fetchall()
    )
    assert rows == {
        "regular/delivered": "Usage",
        "regular/covered_usage": "Usage",
        "regular/promotion_credit": "Credit",
        "tax/delivered": "Tax",
        "rounding_error/delivered": "Adjustment",
        "USAGE_CORRECTION/delivered": "Usage",
        "SLA_VIOLATION/delivered": "Credit",
    }


def test_only_what_was_invoiced_before_is_a_correction(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select distinct line_item_type, charge_class from finops_intermediate.int_focus_lines "
        "where charge_class is not null"
    ).fetchall()
    assert rows == [("USAGE_CORRECTION", "Correction")]


def test_every_month_reconciles(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select is_reconciled, merged_rows > 0, derived_rows > 0 from finops_ops.cost_reconciliation"
    ).fetchall()
    assert rows == [(True, True, True)] * 3
