"""Azure exports as they really arrive: which files make a month, which dataset each is, and every old spelling."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from .azure_world import ACTUAL, AMORTIZED, COVERED, LINE, PURCHASE, UNUSED, azure_run
from .world import FOCUS_LINE, World, write_csv

if TYPE_CHECKING:
    from pathlib import Path

COSTS = "select dataset, count(*), sum(CostInBillingCurrency) from finops_raw.azure_cost group by all order by all"
BOTH = [("actual", 3, Decimal("72.64")), ("amortized", 3, Decimal("4.64"))]


def landed(world: World) -> list[tuple]:
    """Land without a word of complaint, and sum what counts by dataset."""
    result = world.land()
    assert not result.rejected, result.rejected[0].message
    return world.query(COSTS)


def both_exports(root: Path, stamp: str, run: str, actual: list, amortized: list) -> None:
    azure_run(root, actual, export="actual-daily", run=run, submitted=stamp)
    azure_run(root, amortized, export="amortized-daily", kind="AmortizedCost", run=run, submitted=stamp)


def test_the_delivery_of_a_month_is_the_newest_run_of_both_exports(world: World) -> None:
    root = world.source("azure_cost")
    both_exports(root, "2026-08-03T06:00:00Z", "run-1", [LINE], [LINE])
    both_exports(root, "2026-08-04T06:00:00Z", "run-2", ACTUAL, AMORTIZED)
    assert landed(world) == BOTH
    states = world.query("select state, sequence, row_count from finops_raw.deliveries order by sequence")
    assert states == [("superseded", 1, 2), ("current", 2, 6)], "the day before is taken too, to tell what changed"
    assert [outcome.message for outcome in world.land().unchanged] == ["nothing new"]


def test_a_partitioned_run_is_whole_with_all_its_parts(world: World) -> None:
    azure_run(world.source("azure_cost"), ACTUAL, parts=3, folder="202608040600", submitted=None, suffix=".csv.gz")
    assert landed(world) == BOTH[:1]
    assert world.ledger().deliveries[0].order_basis == "manifest"


def test_a_one_time_export_and_a_daily_one_of_the_same_scope_share_a_month(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, [LINE], export="once", submitted="2026-08-02T06:00:00Z")
    azure_run(root, ACTUAL, export="daily", submitted="2026-08-04T06:00:00Z")
    assert landed(world) == BOTH[:1]


def test_two_exports_of_different_scopes_are_told_apart(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, [LINE], export="one", scope="/subscriptions/1caa")
    azure_run(root, [LINE], export="two", scope="/subscriptions/2bbb")
    [outcome] = world.land().rejected
    assert "more than one export of actual cost ('one', 'two')" in outcome.message
    assert "a source of its own" in outcome.message


def test_other_kinds_of_exports_in_the_container_are_left_to_their_sources(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, ACTUAL, export="cost")
    azure_run(root, [FOCUS_LINE], export="focus", kind="FocusCost")
    world.source("focus", "focus_bills", uri="bills")
    assert landed(world) == BOTH[:1]
    assert world.query("select sum(BilledCost) from finops_raw.focus") == [(Decimal("1.5"),)]


def test_focus_exports_of_azure_are_read_in_the_same_layout(world: World) -> None:
    root = world.source("focus")
    azure_run(root, [FOCUS_LINE], kind="FocusCost", run="a", submitted="2026-08-03T06:00:00Z")
    newest = [FOCUS_LINE, {**FOCUS_LINE, "ResourceId": "vm-2"}]
    azure_run(root, newest, kind="FocusCost", run="b", submitted="2026-08-04T06:00:00Z")
    assert not world.land().rejected
    assert world.query("select sum(BilledCost), count(*) from finops_raw.focus") == [(Decimal("3"), 2)]


def test_a_run_without_a_manifest_is_pending_and_the_one_before_counts(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, [LINE], run="done")
    (azure_run(root, ACTUAL, run="writing") / "manifest.json").unlink()
    result = world.land()
    [waiting] = result.pending
    assert "daily/20260801-20260831/writing" in waiting.message
    assert "the run before it stays until then" in waiting.message
    assert world.query(COSTS) == [("actual", 1, Decimal("2.64"))]


def test_exports_without_manifests_count_by_their_newest_file(world: World) -> None:
    folder = world.source("azure_cost") / "actualcost-export" / "20260801-20260831"
    old = write_csv(folder / "export_aaaa.csv", [LINE])
    write_csv(folder / "export_bbbb.csv", ACTUAL)
    os.utime(old, ns=(10**18, 10**18))
    assert landed(world) == BOTH[:1]


def test_nothing_tells_which_of_two_runs_is_the_newest(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, [LINE], run="a", submitted="2026-08-04T06:00:00Z")
    azure_run(root, ACTUAL, run="b", submitted="2026-08-04T06:00:00Z")
    [outcome] = world.land().rejected
    assert "2 runs claim to be the current one" in outcome.message
    assert "keep only the newest" in outcome.message


def test_an_empty_export_is_an_empty_month(world: World) -> None:
    root = world.source("azure_cost")
    azure_run(root, [], period="20260901-20260930", export="header")
    azure_run(root, [], period="20261001-20261031", export="header", manifest={"blobs": [], "blobCount": 0})
    result = world.land()
    assert not result.rejected
    assert [(outcome.billing_month.month, outcome.message) for outcome in result.new] == [
        (9, "0 lines from 1 file"),
        (10, "0 lines from 0 files"),
    ]


def test_a_manifest_without_a_row_count_loads(world: World) -> None:
    azure_run(world.source("azure_cost"), ACTUAL, manifest={"dataRowCount": None})
    assert landed(world) == BOTH[:1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blobCount": 3}, ["speaks of 3 files and lists 1"]),
        ({"blobs": "none"}, ["no list of files ('blobs')"]),
        (
            {"blobs": [{"blobName": "x/11111111-aaaa/part_9_0001.csv"}], "blobCount": 1},
            ["part_9_0001.csv", "is not there"],
        ),
        ({"blobs": [{"blobName": "x/other/part_0_0001.csv"}], "blobCount": 1}, ["outside of the folder of its run"]),
        ({"blobs": [{"blobName": "x/../../secret.csv"}], "blobCount": 1}, ["outside of the folder of its run"]),
        ({"blobs": [{"blobName": "11111111-aaaa/part_0_0001.csv"}] * 2, "blobCount": 2}, ["twice"]),
        ({"blobs": [{"blobName": "part_0_0001.csv", "byteCount": 10**6}]}, ["it is cut off", "1000000"]),
        ({"dataRowCount": 4}, ["hold 3 lines", "the manifest counts 4"]),
    ],
)
def test_half_a_delivery_is_rejected_and_the_run_before_it_counts(world: World, change: dict, words: list[str]) -> None:
    root = world.source("azure_cost")
    azure_run(root, ACTUAL, run="11111111-aaaa", submitted="2026-08-04T06:00:00Z", manifest=change)
    azure_run(root, [LINE], run="22222222-bbbb", submitted="2026-08-03T06:00:00Z")
    [outcome] = world.land().rejected
    for word in ("bills", "2026-08", *words):
        assert word in outcome.message, outcome.message
    assert world.query(COSTS) == [("actual", 1, Decimal("2.64"))]


def test_a_manifest_that_is_no_json_is_rejected(world: World) -> None:
    (azure_run(world.source("azure_cost"), ACTUAL) / "manifest.json").write_text('{"blobs": [')
    [outcome] = world.land().rejected
    assert "manifest.json' cannot be read" in outcome.message


@pytest.mark.parametrize("period", ["20260803-20260809", "20260801-20260930"])
def test_a_period_that_is_not_a_month_is_rejected(world: World, period: str) -> None:
    azure_run(world.source("azure_cost"), ACTUAL, period=period)
    [outcome] = world.land().rejected
    assert "replaces the whole month" in outcome.message


def test_a_billing_period_may_begin_on_any_day(world: World) -> None:
    lines = [{**LINE, "BillingPeriodStartDate": "2026-08-14", "BillingPeriodEndDate": "2026-09-13"}]
    azure_run(world.source("azure_cost"), lines, period="20260814-20260913")
    assert landed(world) == [("actual", 1, Decimal("2.64"))]


@pytest.mark.parametrize(
    ("actual", "amortized"),
    [("EA_ActualCost.csv", "EA_AmortizedCost.csv"), ("actual/1.csv", "amortised/1.csv"), ("a.csv", "b.csv")],
)
def test_both_files_in_a_bare_folder_are_told_apart_by_name_or_by_lines(
    world: World, actual: str, amortized: str
) -> None:
    root = world.source("azure_cost")
    write_csv(root / actual, ACTUAL)
    write_csv(root / amortized, AMORTIZED)
    assert landed(world) == BOTH


def test_a_purchase_of_a_savings_plan_without_its_id_tells_actual_cost(world: World) -> None:
    """Older headers have no `benefitId`: the pricing model alone says that a savings plan was bought."""
    bought = {**LINE, "ChargeType": "Purchase", "PricingModel": "Savings Plan", "CostInBillingCurrency": "70"}
    root = world.source("azure_cost")
    lines = [{key: text for key, text in line.items() if key != "benefitId"} for line in (LINE, bought)]
    write_csv(root / "a.csv", lines)
    assert landed(world) == [("actual", 2, Decimal("72.64"))]
    [warning] = world.ledger().deliveries[0].warnings
    assert "1 line belongs to reservations or savings plans" in warning


def test_a_month_without_commitments_may_be_the_same_in_both_datasets(world: World) -> None:
    root = world.source("azure_cost")
    write_csv(root / "actual.csv", [LINE])
    write_csv(root / "amortized.csv", [LINE])
    assert landed(world) == [("actual", 1, Decimal("2.64")), ("amortized", 1, Decimal("2.64"))]
    assert world.ledger().deliveries[0].duplicate_row_count == 0


def test_what_nothing_tells_counts_as_the_bill_and_says_so(world: World) -> None:
    write_csv(world.source("azure_cost") / "export.csv", [LINE])
    assert landed(world) == [("actual", 1, Decimal("2.64"))]
    [warning] = world.ledger().deliveries[0].warnings
    assert "whether 'export.csv' holds actual or amortized cost; it counts as actual cost" in warning


def test_a_name_that_its_lines_contradict_is_rejected(world: World) -> None:
    write_csv(world.source("azure_cost") / "actual.csv", [LINE, UNUSED])
    [outcome] = world.land().rejected
    assert "holds actual cost by its name" in outcome.message
    assert "lines that only amortized cost has" in outcome.message


def test_both_datasets_in_one_file_are_rejected(world: World) -> None:
    write_csv(world.source("azure_cost") / "all.csv", [PURCHASE, UNUSED])
    [outcome] = world.land().rejected
    assert "both views of the same charges stand in one file" in outcome.message


@pytest.mark.parametrize(
    ("name", "lines", "unknown"),
    [
        ("actual.csv", ACTUAL, "how much of them was not used, is not known"),
        ("amortized.csv", AMORTIZED, "what was paid for reservations and savings plans is not known"),
    ],
)
def test_one_dataset_alone_loads_and_says_what_is_not_known(world: World, name: str, lines: list, unknown: str) -> None:
    write_csv(world.source("azure_cost") / name, lines)
    assert len(landed(world)) == 1
    [warning] = world.ledger().deliveries[0].warnings
    assert "2 lines belong to reservations or savings plans" in warning
    assert unknown in warning


def test_the_oldest_exports_have_other_names_and_no_billing_period(world: World) -> None:
    line = {
        "SubscriptionGuid": "1caa",
        "UsageDateTime": "9/2/2023",
        "MeterId": "m-1",
        "MeterCategory": "Storage",
        "UsageQuantity": "2",
        "ResourceRate": "0.5",
        "PreTaxCost": "1",
        "Currency": "EUR",
        "InstanceId": "/subscriptions/1caa/vm",
        "Tags": "",
    }
    write_csv(world.source("azure_cost") / "actual.csv", [line])
    assert not world.land().rejected
    [row] = world.query(
        "select billing_month, BillingPeriodStartDate, BillingAccountId, CostInBillingCurrency, BillingCurrency, "
        "Quantity, EffectivePrice, ResourceId, SubscriptionId, Date from finops_raw.azure_cost"
    )
    assert [str(value) for value in row] == [
        "2023-09-01",
        "2023-09-02 00:00:00",
        "1caa",
        "1.000000000",
        "EUR",
        "2.000000000",
        "0.500000000",
        "/subscriptions/1caa/vm",
        "1caa",
        "2023-09-02 00:00:00",
    ]
    assert "BillingPeriodStartDate" in world.ledger().deliveries[0].missing_columns


def test_translated_headers_are_known_by_the_name_in_brackets(world: World) -> None:
    line = {f"Übersetzt, {place} ({name})": value for place, (name, value) in enumerate(LINE.items())}
    write_csv(world.source("azure_cost") / "actual.csv", [line])
    assert not world.land().rejected
    assert world.ledger().deliveries[0].column_names == list(LINE)
    assert world.query("select MeterId, CostInBillingCurrency from finops_raw.azure_cost") == [("m-1", Decimal("2.64"))]


def test_headers_of_customer_agreements_are_the_same_columns(world: World) -> None:
    line = {
        "invoiceId": "G001",
        "billingAccountId": "acc",
        "billingProfileId": "prof",
        "billingPeriodStartDate": "08/01/2026",
        "date": "2026-08-03",
        "ProductId": "DZH3",
        "meterId": "m-1",
        "costInBillingCurrency": "1.25",
        "billingCurrency": "EUR",
        "paygCostInBillingCurrency": "1.5",
        "exchangeRatePricingToBilling": "0.91",
        "resourceGroupName": "rg",
        "resourceLocation": "EU West",
        "location": "West Europe",
    }
    write_csv(world.source("azure_cost") / "actual.csv", [line])
    assert not world.land().rejected
    assert world.ledger().deliveries[0].unknown_columns == []
    columns = "InvoiceId, ProductId, PaygCostInBillingCurrency, ExchangeRatePricingToBilling, ResourceGroup, Location"
    assert world.query(f"select {columns} from finops_raw.azure_cost") == [
        ("G001", "DZH3", Decimal("1.5"), Decimal("0.91"), "rg", "West Europe")
    ]


def test_of_several_spellings_the_first_counts_and_the_rest_is_noted(world: World) -> None:
    line = {key: value for key, value in LINE.items() if key != "CostInBillingCurrency"}
    write_csv(world.source("azure_cost") / "actual.csv", [{**line, "PreTaxCost": "9", "Cost": "1"}])
    assert landed(world) == [("actual", 1, Decimal("1"))]
    assert world.ledger().deliveries[0].unknown_columns == ["PreTaxCost"]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('"env": "prod","org": "trey"', {"env": "prod", "org": "trey"}),
        ('{"env": "prod"}', {"env": "prod"}),
        ('" org": "x","a": ""', {" org": "x", "a": ""}),
        ('"a": "1",NULL,NULL,"b": "x, NULL, y"', {"a": "1", "b": "x, NULL, y"}),
        ("env=prod", {"_unparsed": "env=prod"}),
        ("", None),
    ],
)
def test_tags_come_with_and_without_braces(world: World, text: str, tags: dict | None) -> None:
    write_csv(world.source("azure_cost") / "actual.csv", [{**LINE, "Tags": text}])
    assert not world.land().rejected
    assert world.query("select Tags from finops_raw.azure_cost") == [(tags,)]


def test_tags_of_an_enterprise_agreement_have_no_braces(world: World) -> None:
    """As its exports write them, beside lines without any."""
    tags = r'"team": "search","env": "prod","note": "a, \"b\""'
    lines = [{**LINE, "Tags": tags}, {**LINE, "Tags": ""}]
    write_csv(world.source("azure_cost") / "actual.csv", lines)
    assert not world.land().rejected
    assert world.query("select Tags from finops_raw.azure_cost order by Tags is null") == [
        ({"team": "search", "env": "prod", "note": 'a, "b"'},),
        (None,),
    ]


def test_us_dates_are_read_month_first(world: World) -> None:
    """The 4th of March is no 3rd of April, with and without leading zeros; days above 12 tell nothing else."""
    period = {"BillingPeriodStartDate": "03/01/2026", "BillingPeriodEndDate": "3/31/2026"}
    days = ["03/04/2026", "3/4/2026", "03/31/2026", "03/12/2026 00:00:00"]
    lines = [{**LINE, **period, "Date": day, "MeterId": str(number)} for number, day in enumerate(days)]
    write_csv(world.source("azure_cost") / "actual.csv", lines)
    assert not world.land().rejected
    rows = world.query(
        "select cast(Date as date), cast(BillingPeriodStartDate as date), cast(BillingPeriodEndDate as date), "
        "billing_month from finops_raw.azure_cost order by MeterId"
    )
    assert [row[0].isoformat() for row in rows] == ["2026-03-04", "2026-03-04", "2026-03-31", "2026-03-12"]
    assert {tuple(day.isoformat() for day in row[1:]) for row in rows} == {("2026-03-01", "2026-03-31", "2026-03-01")}


def test_a_date_with_the_day_first_is_refused_not_read_as_another_day(world: World) -> None:
    write_csv(world.source("azure_cost") / "actual.csv", [LINE, {**LINE, "Date": "31/08/2026"}])
    [outcome] = world.land().rejected
    assert "row 2 after the header, column 'Date', the value '31/08/2026' is not a date" in outcome.message


def test_covered_usage_that_costs_something_may_stand_in_actual_cost(world: World) -> None:
    write_csv(world.source("azure_cost") / "actual.csv", [LINE, {**COVERED, "CostInBillingCurrency": "0.1"}])
    assert landed(world) == [("actual", 2, Decimal("2.74"))]
