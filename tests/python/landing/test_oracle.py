"""Oracle Cloud: many small files that only ever grow in number, odd headers, and lines that are delivered again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from .world import FOCUS_LINE, World, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ORACLE_LINE = {
    "lineItem/referenceNo": "ref-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..a",
    "lineItem/intervalUsageStart": "2026-08-31T23:00Z",
    "lineItem/intervalUsageEnd": "2026-09-01T00:00:00Z",
    "product/service": "COMPUTE",
    "product/compartmentName": "shop",
    "product/resourceId": "ocid1.instance.oc1.x",
    "cost/myCost": "4.81298076439E-7",
    "cost/myCostOverage": "",
    "cost/currencyCode": "USD",
    "lineItem/isCorrection": "false",
    "lineItem/backreferenceNo": "",
    "tags/Billing.Team": "search",
    "tags/Dev\\Rel.release": "1.0",
}

# The dialect of Oracle's FOCUS reports: names of 1.0-preview, empty texts, no effective cost.
ORACLE_FOCUS_LINE = {
    **FOCUS_LINE,
    "EffectiveCost": "0",
    "Provider": "Oracle",
    "Publisher": "Oracle",
    "InvoiceIssuer": "Oracle",
    "Region": "us-phoenix-1",
    "UsageQuantity": "2",
    "UsageUnit": "OCPU Hours",
    "ChargeSubcategory": "On-Demand",
    "PricingCategory": "",
    "oci_ReferenceNumber": "ref-1",
    "oci_CompartmentName": "shop",
}


def _line(reference: str, **changes: str) -> dict[str, str]:
    names = {name.split("/")[1]: name for name in ORACLE_LINE}
    return {**ORACLE_LINE, "lineItem/referenceNo": reference, **{names[key]: value for key, value in changes.items()}}


def _report(root: Path, day: str, name: str, lines: list[dict[str, str]]) -> None:
    write_csv(root / "reports" / day / f"{name}.csv.gz", lines)


def test_the_month_is_that_of_the_use_and_small_numbers_are_exact(world: World) -> None:
    late = _line("ref-2", intervalUsageStart="2026-09-01T00:00Z", intervalUsageEnd="2026-09-01T01:00:00Z")
    _report(world.source("oci_cost"), "2026/09/01", "0001-00001", [ORACLE_LINE, late])
    assert not world.land().rejected
    assert world.query(
        "select billing_month, line_item_interval_usage_start, tags['Billing.Team'], tags['Dev\\Rel.release'] "
        "from finops_raw.oci_cost order by 1"
    ) == [
        (dt.date(2026, 8, 1), dt.datetime(2026, 8, 31, 23), "search", "1.0"),  # noqa: DTZ001
        (dt.date(2026, 9, 1), dt.datetime(2026, 9, 1), "search", "1.0"),  # noqa: DTZ001
    ]
    costs = world.query("select delivered_cost, raw_cost from finops_raw.delivery_costs")
    assert costs == [(Decimal("4.81298076439E-7"), Decimal("4.81E-7"))] * 2


def test_tag_columns_may_differ_from_file_to_file(world: World) -> None:
    root = world.source("oci_cost")
    other = {key: value for key, value in _line("ref-2").items() if not key.startswith("tags/")} | {"tags/Ops.Env": "x"}
    _report(root, "2026/09/01", "0001", [ORACLE_LINE])
    _report(root, "2026/09/01", "0002", [other])
    assert not world.land().rejected
    rows = world.query("select map_keys(tags) from finops_raw.oci_cost order by line_item_reference_no")
    assert rows == [(["Billing.Team", "Dev\\Rel.release"],), (["Ops.Env"],)]


def test_a_file_that_comes_again_under_a_new_name_counts_once(world: World) -> None:
    """Whole, merged with another, or with a changed cost: of a line id the last file counts."""
    root = world.source("oci_cost")
    _report(root, "2026/08/31", "0001", [_line("a", myCost="1"), _line("b", myCost="2")])
    _report(root, "2026/08/31", "0002", [_line("c", myCost="4")])
    world.land()
    _report(root, "2026/09/01", "0003", [_line("a", myCost="1"), _line("b", myCost="2")])
    _report(root, "2026/09/01", "0004", [_line("c", myCost="8"), _line("d", myCost="16")])
    result = world.land()
    assert not result.rejected
    delivery = result.new[0].delivery
    assert [file.origin.rsplit("/", 1)[-1] for file in delivery.files] == ["0003.csv.gz", "0004.csv.gz"]
    assert "3 lines of 2 files came again" in delivery.warnings[0]
    rows = world.query("select line_item_reference_no, cost_my_cost from finops_raw.oci_cost order by 1")
    assert rows == [("a", 1), ("b", 2), ("c", 8), ("d", 16)]


def test_a_file_of_which_some_lines_come_again_keeps_the_others(world: World) -> None:
    root = world.source("oci_cost")
    _report(root, "2026/08/31", "0001", [_line("a", myCost="1"), _line("b", myCost="2"), _line("b", myCost="3")])
    _report(root, "2026/09/01", "0002", [_line("a", myCost="4")])
    assert not world.land().rejected
    rows = world.query("select line_item_reference_no, cost_my_cost from finops_raw.oci_cost order by 2")
    assert rows == [("b", 2), ("b", 3), ("a", 4)]


def test_lines_without_a_reference_number_neither_replace_nor_are_replaced(world: World) -> None:
    root = world.source("oci_cost")
    _report(root, "2026/08/31", "a", [_line("r1", myCost="10"), _line("r2", myCost="500"), _line("", myCost="3")])
    _report(root, "2026/09/01", "b", [_line("r1", myCost="10"), _line("", myCost="4")])
    assert not world.land().rejected
    rows = world.query("select line_item_reference_no, cost_my_cost from finops_raw.oci_cost order by 2")
    assert rows == [(None, 3), (None, 4), ("r1", 10), ("r2", 500)]


def test_a_correction_is_a_line_of_its_own(world: World) -> None:
    wrong = _line("a", myCost="5")
    correction = _line("z", myCost="-5", isCorrection="true", backreferenceNo="a")
    _report(world.source("oci_cost"), "2026/09/01", "0001", [wrong, correction])
    assert not world.land().rejected
    assert world.query("select sum(cost_my_cost), count(*) from finops_raw.oci_cost") == [(0, 2)]


def test_oracles_focus_reports_are_focus_under_other_names(world: World) -> None:
    root = world.source("focus")
    again = {**ORACLE_FOCUS_LINE, "BilledCost": "2.5"}
    write_csv(root / "FOCUS Reports/2026/08/03/0001.csv.gz", [ORACLE_FOCUS_LINE])
    write_csv(root / "FOCUS Reports/2026/08/04/0002.csv.gz", [again, {**again, "oci_ReferenceNumber": "ref-2"}])
    assert not world.land().rejected
    assert (
        world.query(
            "select BilledCost, ProviderName, PublisherName, InvoiceIssuerName, RegionId, ConsumedQuantity, "
            "ConsumedUnit, PricingCategory, x_provider_columns['oci_CompartmentName'], "
            "x_provider_columns['ChargeSubcategory'] "
            "from finops_raw.focus"
        )
        == [(Decimal("2.5"), "Oracle", "Oracle", "Oracle", "us-phoenix-1", 2, "OCPU Hours", None, "shop", "On-Demand")]
        * 2
    )
    assert world.query("select format_version from finops_raw.deliveries") == [("1.0-preview",)]


def test_a_tree_that_grows_restates_only_the_months_that_a_new_file_is_about(world: World) -> None:
    root = world.source("oci_cost")
    september = {"intervalUsageStart": "2026-09-01T00:00Z", "intervalUsageEnd": "2026-09-01T01:00:00Z"}
    _report(root, "2026/08/31", "0001", [_line("a", myCost="1")])
    _report(root, "2026/09/01", "0002", [_line("b", myCost="2"), _line("c", myCost="4", **september)])
    assert {outcome.billing_month.month for outcome in world.land().new} == {8, 9}
    _report(root, "2026/09/02", "0003", [_line("d", myCost="8", **september)])
    assert {outcome.billing_month.month for outcome in world.land().new} == {9}
    _report(root, "2026/09/03", "0004", [_line("a", myCost="16")])
    assert {outcome.billing_month.month for outcome in world.land().new} == {8}
    assert world.query("select billing_month, sum(cost_my_cost) from finops_raw.oci_cost group by all order by 1") == [
        (dt.date(2026, 8, 1), 18),
        (dt.date(2026, 9, 1), 14 - 2),
    ]
    assert not world.land().new
