"""The whole job over two real exports: published to the last digit, with a warning where the publisher rounded."""

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
# A folder with `focus_1_0/` (FOCUS sample data) and `aws_cur_legacy/` (FOCUS converters' sample); see NOTICE of each.
SAMPLES = Path(os.environ.get("FINOPS_TEST_SAMPLES", PROJECT.parent / "shared" / "samples"))
DELIVERED = {"focus_sample": Decimal("20.52022672899"), "cur_sample": Decimal("1.6823086974")}

pytestmark = pytest.mark.skipif(
    not (SAMPLES / "focus_1_0").is_dir(), reason="no real samples: set FINOPS_TEST_SAMPLES to a folder of them"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the job over both samples, as `make run` does; give its home."""
    root = tmp_path_factory.mktemp("samples")
    (root / "sources.yml").write_text(
        f"sources:\n  - {{name: focus_sample, format: focus, uri: {SAMPLES / 'focus_1_0'}}}\n"
        f"  - {{name: cur_sample, format: aws_cur_legacy, uri: {SAMPLES / 'aws_cur_legacy'}}}\n"
    )
    environ = {**os.environ, "FINOPS_HOME": str(root / "home"), "FINOPS_SOURCES": str(root / "sources.yml")}
    subprocess.run([sys.executable, "-m", "orchestration.run"], cwd=PROJECT, env=environ, check=True)
    return root / "home"


def test_delivered_is_published_plus_residue_to_the_last_digit(home: Path) -> None:
    with duckdb.connect(str(home / "published" / "finops.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select source_name, sum(delivered_cost), sum(published_cost), sum(residue_cost), bool_and(is_reconciled) "
            "from reconciliation group by source_name"
        ).fetchall()
        lines = con.execute("select count(*) from focus_cost_and_usage").fetchone()
    assert {source: delivered for source, delivered, *_ in rows} == DELIVERED
    assert all(delivered == published + residue and tied for _, delivered, published, residue, tied in rows)
    assert lines == (1000 + 1281,)


def test_a_person_is_told_that_effective_costs_were_rounded(home: Path) -> None:
    report = json.loads((home / "run_report.json").read_text())
    [warning] = [check for check in report["checks"]["not_passed"] if check["name"] == "effective_not_rounded"]
    assert "do not trust effective cost" in warning["message"]
