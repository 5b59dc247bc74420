"""The front door: every check lets a sound delivery pass and stops, or reports, a bad one."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.doors import front
from orchestration.doors.checks import CheckResult
from orchestration.errors import FinopsError
from orchestration.settings import Settings

SOUND: dict[str, Any] = {
    "source_name": "aws_payer",
    "billing_month": "2026-10-01",
    "delivery_id": "d2",
    "row_count": 1000,
    "period_start": "2026-10-01",
    "period_end": "2026-11-01",
    "first_charge_date": "2026-10-01",
    "last_charge_date": "2026-10-31",
    "rows_outside_period": 0,
    "null_account_count": 0,
    "empty_rows": {"line_item_unblended_cost": 0, "line_item_usage_start_date": 0},
    "cost": {"USD": Decimal("110.123456789012")},
    "previous_cost": {"USD": Decimal(100)},
    "previous_row_count": 900,
    "negative_row_count": 10,
    "duplicate_row_count": 0,
}
BAD: dict[str, dict[str, Any]] = {
    "charges_in_period": {"first_charge_date": "2026-12-01", "last_charge_date": "2026-12-31"},
    "period_of_rows": {"rows_outside_period": 7},
    "currency_present": {"cost": {}},
    "currency_code": {"cost": {"usd": 1}},
    "accounts_mostly_filled": {"null_account_count": 50},
    "accounts_filled": {"null_account_count": 1},
    "required_filled": {"empty_rows": {"line_item_unblended_cost": 3, "line_item_usage_start_date": 0}},
    "has_rows": {"row_count": 0},
    "cost_plausible": {"cost": {"USD": 1}},
    "rows_plausible": {"previous_row_count": 2000},
    "currencies_known": {"cost": {"USD": 110, "EUR": 1}},
    "commitments_explained": {"unexplained_row_count": 5, "unexplained": "Amortized cost is missing."},
    "negative_share": {"negative_row_count": 501},
    "identical_rows": {"duplicate_row_count": 3, "duplicate_cost": {"USD": Decimal("2.5")}},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[CheckResult]:
    """One pass over the sound delivery and one bad delivery per check."""
    home = tmp_path_factory.mktemp("home")
    profiles = [SOUND, *({**SOUND, **change, "delivery_id": name} for name, change in BAD.items())]
    return front.check_deliveries(profiles, Settings(home, home, home, home))


def test_a_sound_delivery_passes_everything(results: list[CheckResult]) -> None:
    assert [result.sentence() for result in results if result.delivery_id == "d2" and not result.passed] == []


def test_every_check_has_a_bad_delivery() -> None:
    assert {plan.name for plan in front.PLANS} == set(BAD)


@pytest.mark.parametrize("name", BAD)
def test_each_check_catches_its_bad_delivery(results: list[CheckResult], name: str) -> None:
    mine = [result for result in results if result.delivery_id == name]
    assert len(mine) == len(front.PLANS)
    caught = next(result for result in mine if result.name == name)
    assert not caught.passed
    assert caught.subject == "aws_payer 2026-10"


def test_what_is_critical_blocks_and_what_is_odd_is_reported(results: list[CheckResult]) -> None:
    severity = {result.name: result.severity for result in results}
    assert severity["currency_code"] == severity["period_of_rows"] == "critical"
    # a month may hold nothing but a correction of an older one
    assert severity["charges_in_period"] == severity["cost_plausible"] == severity["has_rows"] == "warning"


def test_identical_rows_are_counted_with_their_cost(results: list[CheckResult]) -> None:
    found = next(r for r in results if r.name == "identical_rows" and r.delivery_id == "identical_rows")
    assert (found.failing_rows, found.money) == (3, "2.5 USD")


def test_one_line_without_a_required_value_blocks_and_is_named(results: list[CheckResult]) -> None:
    found = next(r for r in results if r.name == "required_filled" and r.delivery_id == "required_filled")
    assert (found.blocks, found.failing_rows) == (True, 3)
    assert found.message == "line_item_unblended_cost is empty in 3 lines."


def test_few_lines_without_an_account_are_reported_only(results: list[CheckResult]) -> None:
    assert not [result for result in results if result.delivery_id == "accounts_filled" and result.blocks]


def test_unknown_facts_pass(settings: Settings) -> None:
    bare = {name: SOUND[name] for name in front.REQUIRED_FACTS}
    assert all(result.passed for result in front.check_deliveries([bare], settings))
    assert (settings.docs_dir / "front_door" / "index.html").exists()


def test_a_profile_without_rows_is_refused_in_words(settings: Settings) -> None:
    with pytest.raises(FinopsError, match="lacks row_count"):
        front.check_deliveries([{**SOUND, "row_count": None}], settings)


def test_nothing_to_check_does_not_import_the_library(tmp_path: Path) -> None:
    code = (
        "import sys; from orchestration.doors import front, back; "
        "from orchestration import publish, report, audit, lock; "
        "assert front.check_deliveries([], None) == []; assert 'great_expectations' not in sys.modules"
    )
    project = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
