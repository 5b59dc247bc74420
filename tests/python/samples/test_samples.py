"""The whole job over real exports: published to the last digit, with a warning where the publisher rounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[3]
# A folder with `focus_1_0/` (FOCUS sample data), `aws_cur_legacy/` and `oci_cost/` (FOCUS converters' samples), and
# `azure_cost/` (the FinOps toolkit's samples of actual and amortized cost).
SAMPLES = Path(os.environ.get("FINOPS_TEST_SAMPLES", PROJECT.parent / "shared" / "samples"))
AZURE = {"actual": Decimal("8.5450077867419368"), "amortized": Decimal("16.296932136636644627485419")}
DELIVERED = {
    "focus_sample": Decimal("20.52022672899"),
    "cur_sample": Decimal("1.6823086974"),
    "oci_sample": Decimal("2.523589325400648027"),
    "azure_sample": sum(AZURE.values()),
}

pytestmark = pytest.mark.skipif(
    not (SAMPLES / "focus_1_0").is_dir(), reason="no real samples: set FINOPS_TEST_SAMPLES to a folder of them"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the job over all samples, as `make run` does; give its home."""
    root = tmp_path_factory.mktemp("samples")
    (root / "sources.yml").write_text(
        f"sources:\n  - {{name: focus_sample, format: focus, uri: {SAMPLES / 'focus_1_0'}}}\n"
        f"  - {{name: cur_sample, format: aws_cur_legacy, uri: {SAMPLES / 'aws_cur_legacy'}}}\n"
        f"  - {{name: oci_sample, format: oci_cost, uri: {SAMPLES / 'oci_cost'}}}\n"
        f"  - {{name: azure_sample, format: azure_cost, uri: {SAMPLES / 'azure_cost'}}}\n"
    )
    environ = {**os.environ, "FINOPS_HOME": str(root / "home"), "FINOPS_SOURCES": str(root / "sources.yml")}
    subprocess.run([sys.executable, "-m", "orchestration.run"], cwd=PROJECT, env=environ, check=True)
    return root / "home"


def test_delivered_is_published_plus_residue_to_the_last_digit(home: Path) -> None:
    with duckdb.connect(str(home / "published" / "finops.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select source_name, sum(delivered_cost), sum(published_cost) + sum(unbilled_cost), sum(residue_cost), "
            "bool_and(is_reconciled) from reconciliation group by source_name"
        ).fetchall()
        lines = con.execute("select count(*) from focus_cost_and_usage").fetchone()
    assert {source: delivered for source, delivered, *_ in rows} == DELIVERED
    assert all(delivered == published + residue and tied for _, delivered, published, residue, tied in rows)
    assert lines == (1000 + 1281 + 506 + 13,)


def test_azure_bills_its_actual_cost_and_nothing_of_the_amortized_one(home: Path) -> None:
    with duckdb.connect(str(home / "published" / "finops.duckdb"), read_only=True) as con:
        [(billed, effective, unbilled)] = con.execute(
            "select sum(BilledCost), sum(EffectiveCost), (select unbilled_cost from reconciliation "
            "where source_name = 'azure_sample') from focus_cost_and_usage where x_source_name = 'azure_sample'"
        ).fetchall()
    nine = Decimal("0.000000001")
    assert billed == AZURE["actual"].quantize(nine)
    assert unbilled == Decimal("16.296932136")  # rounded per line
    # the purchase of 3.25 costs nothing in effect, two lines of covered usage cost what amortized cost says
    assert effective == billed - Decimal("3.25") + Decimal("0.493152") + Decimal("0.006")


def test_a_person_is_told_that_effective_costs_were_rounded(home: Path) -> None:
    report = json.loads((home / "run_report.json").read_text())
    [warning] = [check for check in report["checks"]["not_passed"] if check["name"] == "effective_not_rounded"]
    assert "do not trust effective cost" in warning["message"]


def test_oracle_is_read_as_oracle_means_it(home: Path) -> None:
    """Both of Oracle's exports: the effective cost is the billed one, and says so; regions get their names."""
    with duckdb.connect(str(home / "published" / "finops.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select x_source_name, count(*), sum(EffectiveCost) = sum(BilledCost), min(RegionName), "
            "count(*) filter (ServiceCategory = 'Other'), count(*) filter (ChargeFrequency <> 'Usage-Based') "
            "from focus_cost_and_usage where ServiceProviderName = 'Oracle' group by all order by all"
        ).fetchall()
        sources = con.execute(
            "select distinct x_effective_cost_source from focus_cost_and_usage where ServiceProviderName = 'Oracle' "
            "and BilledCost <> 0"
        ).fetchall()
    assert rows == [
        ("focus_sample", 7, True, "US West (Phoenix)", 0, 0),
        ("oci_sample", 506, True, "US West (San Jose)", 0, 0),
    ]
    assert sources == [("billed_fallback",)]


def test_a_company_on_its_first_day_is_told_where_to_begin_and_nothing_that_is_not_so(home: Path) -> None:
    with duckdb.connect(str(home / "published" / "finops.duckdb"), read_only=True) as con:

        def ask(query: str) -> list[tuple]:
            return con.execute(query).fetchall()

        # crawl wherever nothing is measured, each with a step; nothing is asked of what nobody owns, nor of a company
        # that only shows its costs
        levels = "select count(*) from maturity_scorecard where scope_type = 'company'"
        assert ask(levels)[0][0] > 10
        assert ask(f"{levels} and evidence_state = 'not_measured' and maturity_level <> 'crawl'") == [(0,)]
        assert ask(f"{levels} and maturity_level not in ('run', 'not_applicable') and next_step is null") == [(0,)]
        assert ask("select count(*) from maturity_scorecard where scope_id = 'Unallocated'") == [(0,)]
        # what was not delivered is no number, and says what it lacks
        absent = "select count(*) from kpi_values where status = 'no_input'"
        assert ask(absent)[0][0] > 50
        assert ask(f"{absent} and (value is not null or status_reason is null)") == [(0,)]
        # a month that has begun with a charge of the one before is not the end of all usage
        begun = "period_month = date '2024-10-01'"
        assert ask(f"select bool_and(is_partial) from cost_bridge_monthly where {begun}") == [(True,)]
        assert ask(f"select count(*) from cost_movers where {begun} and change_part = 'gone_service'") == [(0,)]
        # old exports are not fresh, and checks found what they found; cents are no emergency, nobody planned anything
        kinds = {kind for (kind,) in ask("select distinct alert_kind from alerts")}
        assert kinds <= {"freshness", "commitment_expiry", "failed_check"}
        assert ask("select count(*) from alerts where alert_kind = 'failed_check' and severity = 'critical'") == [(0,)]
        for relation in ("budget_vs_actual", "budget_burn", "unit_economics_monthly", "kpi_baselines"):
            assert ask(f"select count(*) from {relation}") == [(0,)], relation
