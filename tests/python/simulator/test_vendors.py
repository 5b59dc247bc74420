"""The vendors that each write a tree of their own: what lands is the truth about it, to the last digit."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.formats import FORMATS
from orchestration.landing import LandingResult, create_raw_relations, land, load_ledger
from orchestration.settings import Settings
from orchestration.simulator import ai_vendor, oci, opencost
from orchestration.simulator.engine import connect
from orchestration.simulator.periods import calendar

if TYPE_CHECKING:
    from types import ModuleType

FORMAT_OF = {oci: "oci_cost", opencost: "opencost", ai_vendor: "focus"}
VENDORS = [pytest.param(vendor, id=vendor.SOURCE_NAME) for vendor in FORMAT_OF]


class Written:
    """One vendor's exports and truth below a folder, two quiet months and three of the story, and what landed of it."""

    def __init__(self, vendor: ModuleType, root: Path) -> None:
        """Write them."""
        self.root, self.name, self.format = root, vendor.SOURCE_NAME, FORMATS[FORMAT_OF[vendor]]
        with connect(500, root / "spill") as con:
            self.commitments = vendor.write(
                con, root / "exports", root / "truth", calendar("2026-05", 5, 20260501, 2), 20260501, 1
            )

    def land(self) -> LandingResult:
        """Land the exports into a home beside them."""
        sources = self.root / "sources.yml"
        sources.write_text(
            f"sources:\n  - {{name: {self.name}, format: {self.format.name}, uri: exports/{self.name}}}\n"
        )
        self.settings = Settings.from_env({"FINOPS_HOME": str(self.root / "home"), "FINOPS_SOURCES": str(sources)})
        return land(self.settings)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the raw relations and the truth (`truth`)."""
        with duckdb.connect() as con:
            create_raw_relations(con, self.settings, load_ledger(self.settings))
            kind = "lines" if self.format.is_bill else "allocations"
            con.execute(f"create view truth as from read_parquet('{self.root}/truth/{kind}-{self.name}*.parquet')")
            return con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[ModuleType, Written]:
    """Write and land every vendor once."""
    found = {vendor: Written(vendor, tmp_path_factory.mktemp(vendor.SOURCE_NAME)) for vendor in FORMAT_OF}
    for vendor, item in found.items():
        result = item.land()
        assert not result.rejected, vendor
        assert {outcome.billing_month.month for outcome in result.new} == {5, 6, 7, 8, 9}
    return found


@pytest.mark.parametrize("vendor", [ai_vendor, oci])
def test_what_lands_of_a_bill_is_the_truth_to_the_last_digit(
    written: dict[ModuleType, Written], vendor: ModuleType
) -> None:
    item = written[vendor]
    landed = item.ask(
        "select billing_month, billing_currency, row_count, delivered_cost from finops_raw.delivery_costs order by all"
    )
    truth = item.ask(
        "select billing_month, billing_currency, count(*), sum(billed_cost) from truth group by all order by all"
    )
    assert landed == truth
    assert item.commitments == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_parameters_give_the_same_bytes(
    written: dict[ModuleType, Written], vendor: ModuleType, tmp_path: Path
) -> None:
    again = Written(vendor, tmp_path)
    files = [path for path in sorted((tmp_path / "exports").rglob("*")) if path.is_file()]
    assert files
    for path in files:
        before = written[vendor].root / path.relative_to(tmp_path)
        assert _text(path) == _text(before), path
    assert again.commitments == []


def _text(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_oracle_delivers_again_corrects_and_changes_its_tag_columns(written: dict[ModuleType, Written]) -> None:
    item = written[oci]
    assert item.ask("select count(*) = count(distinct line_item_reference_no) from finops_raw.oci_cost") == [(True,)]
    files = list((item.root / "exports").rglob("*.csv.gz"))
    [delivery, *_] = load_ledger(item.settings).deliveries
    assert "came again under the same line id" in delivery.warnings[0]
    assert len(files) == 3 * 5 + 4  # one file of every closed month comes twice
    [(cost, corrected)] = item.ask(
        "select c.cost_my_cost, o.cost_my_cost from finops_raw.oci_cost as c join finops_raw.oci_cost as o "
        "on c.line_item_backreference_no = o.line_item_reference_no where c.line_item_is_correction = 'true'"
    )
    assert cost == -corrected != 0
    without = "count(*) filter (tags['Ops.env'] is null)"
    [(some, lines)] = item.ask(f"select {without}, count(*) from finops_raw.oci_cost where tags['Ops.team'] = 'data'")
    assert 0 < some < lines


def test_environments_of_oracle_are_known_from_the_file_that_first_has_them(written: dict[ModuleType, Written]) -> None:
    wrong = written[oci].ask(
        "select count(*) from finops_raw.oci_cost as l join truth as t on l.line_item_reference_no = t.line_id "
        "where coalesce(l.tags['Ops.env'], '') <> t.environment "
        "or coalesce(l.tags['Ops.team'], 'Unallocated') <> t.team"
    )
    assert wrong == [(0,)]


def test_the_ai_vendor_prices_in_credits_and_bills_in_dollars(written: dict[ModuleType, Written]) -> None:
    rows = written[ai_vendor].ask(
        "select distinct BillingCurrency, PricingCurrency, PricingCurrencyEffectiveCost - EffectiveCost * 100, "
        "ConsumedUnit, format_version "
        "from finops_raw.focus join finops_raw.deliveries using (source_name, delivery_id) "
        "where ChargeCategory = 'Usage'"
    )
    assert rows == [("USD", "Credits", Decimal(0), "Tokens", "1.3")]
    late = written[ai_vendor].ask("select count(*) from finops_raw.focus where ChargePeriodStart < BillingPeriodStart")
    assert late == [(1,)]


def test_containers_hold_what_the_truth_says(written: dict[ModuleType, Written]) -> None:
    difference = written[opencost].ask("""
        with held as (
            select window_start::date as usage_date, pod, count(*) as containers,
                sum(greatest(cpu_core_request_average, cpu_core_usage_average) * 24) as cores, sum(total_cost) as cost
            from finops_raw.opencost group by all
        )
        select count(*) from held full join truth using (usage_date, pod)
        where containers is distinct from container_count or cores is distinct from cpu_core_hours
            or abs(cost - estimated_total_cost) > 0.00000001 * containers
    """)
    assert difference == [(0,)]
    assert written[opencost].ask("select count(*) > 1000 from truth") == [(True,)]
