"""Azure's price sheets: both headers, archives, rows that repeat, and which bills a new sheet concerns."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.closing import published_entries
from orchestration.landing.books import keep_books
from orchestration.rebuild import differing

from .azure_world import LINE, azure_run
from .world import FOCUS_LINE, World, csv_text, write_csv

if TYPE_CHECKING:
    from pathlib import Path

EA = {
    "EnrollmentNumber": "8611537",
    "MeterID": "m-1",
    "MeterName": "B1s",
    "MeterType": "1 Compute Hour",
    "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "BS Series",
    "ServiceFamily": "Compute",
    "Product": "Virtual Machines BS Series - B1s",
    "SkuID": "DZH318Z08MBM/00AB",
    "ProductID": "DZH318Z08MBM",
    "MeterRegion": "EU West",
    "UnitOfMeasure": "100 Hours",
    "PartNumber": "AAA-12345",
    "EffectiveStartDate": "2026-08-01T00:00:00.0000000Z",
    "EffectiveEndDate": "2026-08-31T00:00:00.0000000Z",
    "UnitPrice": "11.8800000000",
    "BasePrice": "12",
    "MarketPrice": "13.2",
    "CurrencyCode": "EUR",
    "IncludedQuantity": "0",
    "OfferID": "MS-AZR-0017P",
    "Term": "",
    "PriceType": "Consumption",
}
MCA = {
    "billingAccountId": "aaaa:bbbb_2019-05-31",
    "billingAccountName": "Trey Research",
    "billingProfileId": "PROF-1",
    "billingProfileName": "Main",
    "serviceFamily": "Compute",
    "product": "Virtual Machines BS Series - B1s",
    "productId": "DZH318Z08MBM",
    "skuId": "00AB",
    "unitOfMeasure": "1 Hour",
    "meterId": "m-1",
    "meterName": "B1s",
    "meterType": "1 Compute Hour",
    "meterCategory": "Virtual Machines",
    "meterSubCategory": "BS Series",
    "meterRegion": "EU West",
    "tierMinimumUnits": "0",
    "effectiveStartDate": "8/1/2026",
    "effectiveEndDate": "8/31/2026",
    "unitPrice": "0.1188",
    "basePrice": "0.12",
    "marketPrice": "1.32E-1",
    "currency": "USD",
    "billingCurrency": "EUR",
    "term": "",
    "priceType": "Consumption",
}
SHOWN = """
    select billing_account_id, billing_profile_id, meter_id, unit_of_measure, effective_start_date, effective_end_date,
        unit_price, market_price, currency
    from finops_raw.azure_price_sheet order by all
"""
EA_ROW = (
    "8611537", None, "m-1", "100 Hours", datetime(2026, 8, 1), datetime(2026, 8, 31),  # noqa: DTZ001
    Decimal("11.88"), Decimal("13.2"), "EUR",
)  # fmt: skip


def sheet(world: World, *changes: dict[str, Any], row: dict[str, str] = EA, file: str = "sheet.csv") -> Path:
    """Deliver a sheet: a row per change, or the row as it is."""
    return write_csv(world.source("azure_price_sheet", "sheets") / file, [{**row, **item} for item in changes or ({},)])


def refused(world: World, *words: str) -> None:
    """Land, and expect one rejection with all these words, and nothing in use."""
    [outcome] = world.land().rejected
    for word in words:
        assert word in outcome.message, outcome.message
    assert "\n" not in outcome.message
    assert not world.ledger().current_facts()


def landed(world: World) -> list[tuple[Any, ...]]:
    """Land without a word of complaint, and give the prices."""
    result = world.land()
    assert not result.rejected, result.rejected[0].message
    return world.query(SHOWN)


# What is right


@pytest.mark.parametrize("file", ["sheet.csv", "sheet.csv.gz"])
def test_the_sheet_of_an_enterprise_agreement(world: World, file: str) -> None:
    sheet(world, file=file)
    assert landed(world) == [EA_ROW]
    [delivery] = world.ledger().facts
    assert delivery.unknown_columns == []
    assert delivery.warnings == []


def test_the_sheet_of_a_customer_agreement_has_camel_case_and_dates_month_first(world: World) -> None:
    sheet(world, row=MCA)
    assert landed(world) == [
        ("aaaa:bbbb_2019-05-31", "PROF-1", "m-1", "1 Hour", *EA_ROW[4:6], Decimal("0.1188"), Decimal("0.132"), "USD")
    ]
    assert world.ledger().facts[0].unknown_columns == []


def test_a_sheet_out_of_a_zip_archive_may_be_in_parts(world: World) -> None:
    folder = world.source("azure_price_sheet", "sheets")
    with zipfile.ZipFile(folder / "prices.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Pricesheet/part_1.csv", csv_text([EA]))
        archive.writestr("Pricesheet/part_2.csv.gz", gzip.compress(csv_text([{**EA, "MeterID": "m-2"}]).encode()))
        archive.writestr("Pricesheet/readme.txt", "prices")
    assert [row[2] for row in landed(world)] == ["m-1", "m-2"]
    [file] = world.ledger().facts[0].files
    assert (file.origin, file.rows) == ("prices.zip", 2)
    assert world.land().unchanged


def test_blanks_around_a_value_and_words_for_nothing(world: World) -> None:
    sheet(world, {"MeterID": " m-1 ", "EffectiveEndDate": "NULL", "MarketPrice": ""})
    assert landed(world)[0][2:] == ("m-1", "100 Hours", EA_ROW[4], None, Decimal("11.88"), None, "EUR")


def test_of_an_export_to_storage_the_newest_run_of_each_month_counts(world: World) -> None:
    root = world.source("azure_price_sheet", "sheets")
    september = {"EffectiveStartDate": "2026-09-01T00:00:00Z", "EffectiveEndDate": "2026-09-30T00:00:00Z"}
    azure_run(root, [{**EA, "UnitPrice": "1"}], kind="PriceSheet", run="a", submitted="2026-08-03T06:00:00Z")
    azure_run(root, [EA], kind="PriceSheet", run="b", submitted="2026-08-04T06:00:00Z")
    azure_run(root, [{**EA, **september}], kind="PriceSheet", period="20260901-20260930", run="c")
    azure_run(root, [LINE], kind="ActualCost", export="cost", run="d")
    assert [(row[4].month, row[6]) for row in landed(world)] == [(8, Decimal("11.88")), (9, Decimal("11.88"))]
    assert world.land().unchanged


# What is wrong


def test_a_row_that_repeats_is_named_with_file_and_row(world: World) -> None:
    sheet(world, {}, {"MeterID": "m-2"}, file="a.csv")
    sheet(world, {"PriceType": "SavingsPlan", "Term": "P1Y"}, {"UnitPrice": "5"}, file="b.csv")
    refused(
        world,
        "Source sheets: in file 'b.csv', line 3 repeats line 2 of file 'a.csv': both are about 8611537, m-1",
        "MS-AZR-0017P, Consumption",
        "EUR, 2026-08-01 00:00:00; keep one of them",
    )


def test_what_differs_in_tier_term_currency_part_or_period_does_not_repeat(world: World) -> None:
    sheet(
        world,
        {},
        {"IncludedQuantity": "100"},
        {"Term": "P1Y"},
        {"PriceType": "ReservedInstance", "Term": "P1Y"},
        {"CurrencyCode": "USD"},
        {"PartNumber": "AAA-2"},
        {"OfferID": "MS-AZR-0148P"},
        {"EffectiveStartDate": "2026-09-01"},
    )
    assert len(landed(world)) == 8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"UnitPrice": "n/a"}, "line 3, column 'unit_price', the value 'n/a' is not a number"),
        ({"CurrencyCode": "Euro"}, "line 3, column 'currency', the value 'Euro' is not a currency code"),
        (
            {"EffectiveStartDate": "31.08.2026"},
            "line 3, column 'effective_start_date', the value '31.08.2026' is not a",
        ),
        ({"EffectiveStartDate": ""}, "line 3, column 'effective_start_date', the value is empty"),
    ],
)
def test_a_bad_value_is_named_with_row_and_column(world: World, change: dict[str, str], words: str) -> None:
    sheet(world, {"MeterID": "m-0"}, change)
    refused(world, "Source sheets: in file 'sheet.csv', ", words, "correct the file")


def test_a_line_with_too_few_values_is_named(world: World) -> None:
    path = sheet(world, {}, {"MeterID": "m-2"})
    path.write_text(path.read_text() + "8611537,m-3\n")
    refused(world, "in file 'sheet.csv', line 4, there are 2 values for 23 columns")


def test_a_file_that_is_no_price_sheet_is_refused(world: World) -> None:
    sheet(world, row={"CurrencyCode": "EUR", "EffectiveStartDate": "2026-08-01", "UnitPrice": "1"})
    refused(world, "lacks the columns meter_id, unit_of_measure, market_price")


def test_archives_that_cannot_be_read_are_refused(world: World) -> None:
    folder = world.source("azure_price_sheet", "sheets")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("sheet.csv", csv_text([EA] * 50))
    (folder / "prices.zip").write_bytes(whole.getvalue()[:-40])
    refused(world, "the archive 'prices.zip' is cut off or damaged", "copy it again")
    with zipfile.ZipFile(folder / "prices.zip", "w") as archive:
        archive.writestr("readme.txt", "no prices")
    [outcome] = world.land().rejected
    assert "holds no CSV and no Parquet file" in outcome.message


def test_a_cut_gzip_is_refused(world: World) -> None:
    path = sheet(world, *({"MeterID": f"m-{number}"} for number in range(500)), file="sheet.csv.gz")
    path.write_bytes(path.read_bytes()[:-200])
    refused(world, "the file 'sheet.csv.gz' is cut off or damaged")


# What a sheet does to bills


def inputs(world: World) -> dict[str, dict[str, str]]:
    """Land and say what decides each month."""
    result = world.land()
    assert not result.rejected, result.rejected[0].message
    return keep_books(world.ledger()).inputs()


def month_of(month: int) -> dict[str, str]:
    """Give the period of a sheet."""
    return {"EffectiveStartDate": f"2026-{month:02d}-01", "EffectiveEndDate": f"2026-{month:02d}-28T23:59:59.9999999Z"}


def test_a_sheet_that_comes_later_rebuilds_the_azure_months_of_its_period_and_no_others(world: World) -> None:
    root = world.source("azure_cost", "azure")
    azure_run(root, [LINE])
    september = {"BillingPeriodStartDate": "09/01/2026", "BillingPeriodEndDate": "09/30/2026", "Date": "09/03/2026"}
    azure_run(root, [{**LINE, **september}], period="20260901-20260930")
    write_csv(world.source("focus", "saas") / "bill.csv", [FOCUS_LINE])
    before = inputs(world)
    sheet(world, month_of(9), file="09.csv")
    with_september = inputs(world)
    assert differing(before, with_september) == [("azure", "2026-09-01")]
    sheet(world, month_of(8), file="08.csv")
    with_august = inputs(world)
    assert differing(with_september, with_august) == [("azure", "2026-08-01")], "September's prices are as they were"
    sheet(world, {**month_of(8), "UnitPrice": "12"}, file="08.csv")
    assert differing(with_august, inputs(world)) == [("azure", "2026-08-01")]
    world.sources = [source for source in world.sources if source["name"] != "sheets"]
    world.write_sources()
    assert inputs(world) == before, "without its sheet a month is what it was"


def test_usage_of_another_month_counts_for_the_sheet_of_that_month(world: World) -> None:
    late = {**LINE, "Date": "07/31/2026"}
    azure_run(world.source("azure_cost", "azure"), [LINE, late])
    before = inputs(world)
    sheet(world, {"EffectiveStartDate": "2026-07-01", "EffectiveEndDate": "2026-07-31"})
    assert differing(before, inputs(world)) == [("azure", "2026-08-01")]


def test_a_month_with_a_sheet_is_closed_with_its_delivery(world: World) -> None:
    azure_run(world.source("azure_cost", "azure"), [LINE])
    sheet(world)
    publication = json.loads(json.dumps({"inputs": inputs(world), "books": []}))
    [entry] = published_entries(publication, "azure", date(2026, 8, 1))
    assert entry.delivery_id == world.ledger().deliveries[0].delivery_id
