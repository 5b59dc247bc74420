"""What FOCUS asks, broken once per kind; the reasons on our side; and drift of columns between deliveries."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.formats import FORMATS, native_columns
from orchestration.settings import Settings

from . import rare_charges, worlds

GOOD = {
    "BilledCost": "2.00",
    "BillingAccountId": "b-1",
    "BillingAccountName": "Main",
    "BillingAccountType": "Organization",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-02-01T00:00:00Z",
    "BillingPeriodStart": "2026-01-01T00:00:00Z",
    "CapacityReservationId": "",
    "CapacityReservationStatus": "",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "good",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-01-02T00:00:00Z",
    "ChargePeriodStart": "2026-01-01T00:00:00Z",
    "CommitmentDiscountCategory": "",
    "CommitmentDiscountId": "",
    "CommitmentDiscountName": "",
    "CommitmentDiscountQuantity": "",
    "CommitmentDiscountStatus": "",
    "CommitmentDiscountType": "",
    "CommitmentDiscountUnit": "",
    "ConsumedQuantity": "4",
    "ConsumedUnit": "Hours",
    "ContractedCost": "2.00",
    "ContractedUnitPrice": "0.5",
    "EffectiveCost": "2.00",
    "InvoiceId": "",
    "InvoiceIssuerName": "Vendor",
    "ListCost": "4.00",
    "ListUnitPrice": "1",
    "PricingCategory": "Standard",
    "PricingQuantity": "4",
    "PricingUnit": "Hours",
    "ProviderName": "Vendor",
    "PublisherName": "Vendor",
    "RegionId": "r-1",
    "RegionName": "Region One",
    "ResourceId": "i-1",
    "ResourceName": "one",
    "ResourceType": "Machine",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "ServiceSubcategory": "Virtual Machines",
    "SkuId": "s-1",
    "SkuMeter": "Hours of use",
    "SkuPriceDetails": "",
    "SkuPriceId": "p-1",
    "SubAccountId": "a-1",
    "SubAccountName": "Account",
    "SubAccountType": "Project",
    "AvailabilityZone": "",
    "Tags": "",
}
USED = {
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": "c-1",
    "CommitmentDiscountName": "Plan",
    "CommitmentDiscountQuantity": "4",
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountType": "Plan",
    "CommitmentDiscountUnit": "Hours",
    "PricingCategory": "Committed",
}
UNUSED = USED | {"CommitmentDiscountStatus": "Unused", "ConsumedQuantity": "", "ConsumedUnit": ""}
BOUGHT = USED | {
    "ChargeCategory": "Purchase",
    "ChargeFrequency": "Recurring",
    "CommitmentDiscountStatus": "",
    "PricingCategory": "Standard",
    "EffectiveCost": "0",
    "ConsumedQuantity": "",
    "ConsumedUnit": "",
}
UNPRICED = dict.fromkeys(
    ("ContractedUnitPrice", "ListUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit", "SkuId"), ""
) | dict.fromkeys(("SkuPriceId", "SkuMeter", "ConsumedQuantity", "ConsumedUnit"), "")
TAX = UNPRICED | {"ChargeCategory": "Tax", "ListCost": "2.00"}
CREDIT = UNPRICED | {"ChargeCategory": "Credit", "ListCost": "2.00", "ChargeFrequency": "One-Time"}
SOUND = [{}, USED, UNUSED, BOUGHT, TAX, CREDIT, {"ChargeClass": "Correction", "ListCost": "99", "ConsumedQuantity": ""}]
SOUND[-1]["ConsumedUnit"] = ""

# what a line changes -> the requirements that it then violates
BROKEN: list[tuple[dict[str, str], set[str]]] = [
    ({"ServiceName": ""}, {"ServiceName-Filled"}),
    ({"InvoiceIssuerName": ""}, {"InvoiceIssuerName-Filled"}),
    ({"ChargeDescription": ""}, {"ChargeDescription-Filled"}),
    ({"RegionId": ""}, {"RegionName-EmptyWithoutRegionId"}),
    ({"RegionName": ""}, {"RegionName-FilledWithRegionId"}),
    ({"ResourceId": ""}, {"ResourceName-EmptyWithoutResourceId", "ResourceType-EmptyWithoutResourceId"}),
    ({"SkuId": ""}, {"SkuId-FilledForPriced", "SkuMeter-EmptyWithoutSkuId"}),
    ({"SkuMeter": ""}, {"SkuMeter-FilledWithSkuId"}),
    ({"ConsumedUnit": ""}, {"ConsumedUnit-FilledWithConsumedQuantity"}),
    ({"ConsumedQuantity": "", "ConsumedUnit": ""}, {"ConsumedQuantity-FilledForUsage"}),
    ({"BillingAccountType": ""}, {"BillingAccountType-FilledWithBillingAccountId"}),
    (TAX | {"SkuId": "s-1", "SkuMeter": "m"}, {"SkuId-EmptyForTax"}),
    (UNUSED | {"ConsumedQuantity": "1", "ConsumedUnit": "Hours"}, {"ConsumedQuantity-EmptyForUnused"}),
    (BOUGHT | {"ConsumedQuantity": "1", "ConsumedUnit": "Hours"}, {"ConsumedQuantity-EmptyForOthers"}),
    (USED | {"CommitmentDiscountStatus": ""}, {"CommitmentDiscountStatus-FilledForUsage"}),
    (USED | {"CommitmentDiscountUnit": ""}, {"CommitmentDiscountUnit-FilledWithCommitmentDiscountQuantity"}),
    (USED | {"PricingCategory": "Standard"}, {"PricingCategory-CommittedForCommitments"}),
    (BOUGHT | {"EffectiveCost": "1"}, {"EffectiveCost-ZeroForCommitmentPurchases"}),
    (BOUGHT | {"ChargeFrequency": "Usage-Based"}, {"ChargeFrequency-NotUsageBasedForPurchases"}),
    (
        {"ServiceCategory": "Cloud"},
        {"ServiceCategory-Allowed", "ServiceSubcategory-Allowed", "ServiceCategory-OnePerServiceName"},
    ),
    (
        {"ServiceSubcategory": "Object Storage"},
        {"ServiceSubcategory-Allowed", "ServiceSubcategory-OnePerServiceName"},
    ),
    ({"SkuId": "s-2"}, {"SkuId-OnePerSkuPriceId"}),
    ({"SkuMeter": "Hours of rest"}, {"SkuMeter-OnePerSkuId"}),
    (USED | {"CommitmentDiscountUnit": "Units"}, {"CommitmentDiscountUnit-OnePerCommitmentDiscountId"}),
    ({"PricingCategory": "On Demand"}, {"PricingCategory-Allowed"}),
    ({"BillingCurrency": "Usd"}, {"BillingCurrency-Code"}),
    ({"ListCost": "4.01"}, {"ListCost-IsPriceTimesQuantity"}),
    ({"ContractedUnitPrice": "0.6"}, {"ContractedCost-IsPriceTimesQuantity"}),
    (
        {"ListUnitPrice": "-1", "ListCost": "-4"},
        {"ListUnitPrice-NotNegative"},
    ),
    ({"ChargePeriodEnd": "2026-01-01T00:00:00Z"}, {"ChargePeriodEnd-AfterStart"}),
    (CREDIT | {"EffectiveCost": "1"}, {"EffectiveCost-IsBilledForCredits"}),
    (CREDIT | {"ListCost": "1"}, {"ListCost-IsBilledForCredits"}),
    ({"ContractedCost": ""}, {"ContractedCost-Filled"}),
    (CREDIT | {"ContractedCost": ""}, {"ContractedCost-Filled"}),
]
# a bill that is no FOCUS export: its SKU is empty once, and it has no column of descriptions
ORACLE = {
    "lineItem/referenceNo": "1",
    "lineItem/tenantId": "t",
    "lineItem/intervalUsageStart": "2026-01-01T00:00Z",
    "lineItem/intervalUsageEnd": "2026-01-01T01:00Z",
    "product/service": "COMPUTE",
    "cost/myCost": "1",
    "cost/currencyCode": "USD",
    "cost/productSku": "B1",
    "cost/billingUnitReadable": "1 NONE HOURS INSTANCE",
    "usage/billedQuantity": "1",
    "cost/skuUnitDescription": "Hours",
    "cost/unitPrice": "1",
}
BILL = [ORACLE | {"lineItem/referenceNo": str(number)} for number in range(4)]
BILL[0] |= {"cost/productSku": "", "cost/billingUnitReadable": ""}
ONLY_1_0 = ("BillingAccountType", "SubAccountType", "ServiceSubcategory", "SkuMeter", "InvoiceId", "SkuPriceDetails")
OLD = [
    name for name in GOOD if name not in ONLY_1_0 and not name.startswith("Capacity") and name != "InvoiceIssuerName"
]
OLD = [name for name in OLD if name not in ("CommitmentDiscountQuantity", "CommitmentDiscountUnit")]


def _write(path: Path, lines: list[dict[str, str]], columns: list[str]) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, columns, extrasaction="ignore")
        writer.writeheader()
        for number, line in enumerate(lines):
            writer.writerow(GOOD | {"InvoiceId": f"n{number}", "ResourceName": f"one {number}"} | line)


def _write_bill(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(ORACLE))
        writer.writeheader()
        writer.writerows(BILL)


def _write_drift(folder: Path) -> None:
    """Two months as Parquet: `x_Amount` changes its type, `x_UsageType` its name, one column goes and one comes."""
    folder.mkdir(parents=True)
    plain = ", ".join(f"'{value}' as {name}" for name, value in GOOD.items() if value and "Period" not in name)
    columns = {
        "2026-01": "1 as x_Amount, 'u' as UsageType, 'g' as x_Gone",
        "2026-02": "1.5::double as x_Amount, 'u' as x_UsageType, 'c' as x_Came, 'd' as x_Second",
    }
    for month, more in columns.items():
        start = f"timestamp '{month}-01'"
        periods = f"{start} as BillingPeriodStart, {start} + interval 1 month as BillingPeriodEnd"
        periods += f", {start} as ChargePeriodStart, {start} + interval 1 day as ChargePeriodEnd"
        path = folder / f"{month}.parquet"
        duckdb.execute(f"copy (select {plain}, {periods}, {more}) to '{path}' (format parquet)")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Land and build FOCUS sources with every mistake, of an old version, and whose columns drift; and a plain bill."""
    home = tmp_path_factory.mktemp("conformance")
    _write(home / "vendor" / "jan.csv", [*SOUND, *(line for line, _ in BROKEN)], list(GOOD))
    _write(home / "old" / "jan.csv", [{}, {"RegionName": ""}, {"PricingCategory": "Spot"}], OLD)
    _write_drift(home / "drift")
    _write_bill(home / "bill" / "reports_cost.csv")
    rare_charges.write(home, GOOD)
    formats = dict.fromkeys(("vendor", "old", "drift"), "focus") | {"bill": "oci_cost"} | rare_charges.FORMATS
    sources = "".join(f"  - {{name: {name}, format: {fmt}, uri: {home / name}}}\n" for name, fmt in formats.items())
    (home / "sources.yml").write_text(f"sources:\n{sources}")
    settings = worlds.landed(home / "home", home / "sources.yml")
    select = (
        "--select",
        "+focus_conformance",
        "+schema_drift",
        "--exclude-resource-type",
        "unit_test",
        "--exclude-resource-type",
        "test",
    )
    outcome = worlds.run(settings, "build", "--full-refresh", *select)
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    return settings


def asked(settings: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        return con.execute(query).fetchall()


def test_each_broken_line_is_found_and_no_sound_one(built: Settings) -> None:
    expected = Counter(name for _, names in BROKEN for name in names)
    found = asked(
        built,
        "select requirement_id, violating_rows from finops_published.focus_conformance "
        "where source_name = 'vendor' and side = 'input' and violating_rows > 0",
    )
    assert dict(found) == expected


def _registry(name: str) -> list[dict[str, str]]:
    with (worlds.PROJECT / "seeds" / "reference" / f"{name}.csv").open() as handle:
        return list(csv.DictReader(handle))


def test_the_registry_and_its_gaps_name_columns_that_exist() -> None:
    focus = FORMATS["focus"].by_name
    for row in _registry("focus_requirements"):
        named = [row[key] for key in ("column_name", "when_filled", "when_also_filled", "when_null") if row[key]]
        assert [name for name in named if name not in focus] == [], row["requirement_id"]
    for row in _registry("focus_gaps"):
        if row["format"] in FORMATS and row["native_column"]:
            assert row["native_column"] in FORMATS[row["format"]].by_name, row
    advice = "run `python -m orchestration.formats.native_columns`"
    assert native_columns.MACRO.read_text() == native_columns.text(), advice


def test_every_kind_of_requirement_is_broken_once() -> None:
    kinds = {row["requirement_id"]: row["kind"] for row in _registry("focus_requirements")}
    broken = {kinds[name] for _, names in BROKEN for name in names} | {kinds["InvoiceIssuerName-Present"]}
    assert broken == set(kinds.values())


def test_an_export_is_judged_by_the_version_that_it_declares(built: Settings) -> None:
    found = asked(
        built,
        "select requirement_id, focus_version, checked_rows, violating_rows from finops_published.focus_conformance "
        "where source_name = 'old' and side = 'input' and violating_rows > 0 order by all",
    )
    assert found == [
        ("InvoiceIssuerName-Present", "1.0", 3, 3),
        ("PricingCategory-Allowed", "1.0", 3, 1),
        ("RegionName-FilledWithRegionId", "1.0", 3, 1),
    ]


def test_what_we_fill_in_violates_nothing_else(built: Settings) -> None:
    """A contracted cost that was not delivered is there, agrees with its price, and is a credit's billed cost."""
    found = asked(
        built,
        "select requirement_id, violating_rows from finops_published.focus_conformance where source_name = 'vendor' "
        "and side = 'output' "
        "and (requirement_id = 'ContractedCost-Filled' or violating_rows > coalesce(reason_count, 0))",
    )
    assert found == [("ContractedCost-Filled", 0)]


def test_an_example_is_a_value_or_a_key(built: Settings) -> None:
    found = dict(
        asked(
            built,
            "select requirement_id, example from finops_published.focus_conformance "
            "where source_name = 'vendor' and side = 'input' and violating_rows > 0",
        )
    )
    assert found["BillingCurrency-Code"] == "Usd"
    assert found["ServiceSubcategory-Allowed"] == "Cloud>Virtual Machines"
    assert found["ConsumedQuantity-EmptyForUnused"] == "i-1"


def test_what_our_lines_leave_open_has_its_reason(built: Settings) -> None:
    found = asked(
        built,
        "select requirement_id, violating_rows, reason, reason_count from finops_published.focus_conformance "
        "where source_name = 'old' and side = 'output' and violating_rows > 0 order by all",
    )
    assert found == [
        ("InvoiceIssuerName-Filled", 3, "absent_in_input_version", 3),
        ("PricingCategory-Allowed", 1, "not_derivable", 1),
        ("RegionName-FilledWithRegionId", 1, "null_at_provider", 1),
        ("ServiceSubcategory-Filled", 3, "absent_in_input_version", 3),
        ("SkuMeter-FilledWithSkuId", 3, "absent_in_input_version", 3),
    ]


def test_what_the_input_does_not_explain_has_no_reason(built: Settings, tmp_path: Path) -> None:
    """A mapping that loses a value: more of our rows violate a requirement than of those delivered."""
    spoilt = replace(built, home=tmp_path)
    spoilt.build_dir.mkdir()
    spoilt.build_db.write_bytes(built.build_db.read_bytes())
    with duckdb.connect(str(spoilt.build_db)) as con:
        con.execute(
            "update finops_intermediate.int_focus_requirements set violating_rows = 3 where side = 'output' "
            "and source_name = 'old' and requirement_id in ('RegionName-FilledWithRegionId', 'SkuId-FilledForPriced')"
        )
    assert worlds.run(spoilt, "run", "--select", "focus_output_results", "focus_results").success
    unexplained = asked(
        spoilt,
        "select requirement_id, violating_rows, reason_count from finops_published.focus_conformance "
        "where side = 'output' and violating_rows > reason_count order by all",
    )
    assert unexplained == [("RegionName-FilledWithRegionId", 3, 1), ("SkuId-FilledForPriced", 3, 0)]


def _reasons(settings: Settings, source: str) -> list[tuple]:
    return asked(
        settings,
        "select requirement_id, violating_rows, coalesce(reason, ''), reason_count from finops_published"
        f".focus_conformance where side = 'output' and source_name = '{source}' and violating_rows > 0 "
        "and requirement_id in ('ChargeDescription-Filled', 'ListCost-Filled', 'SkuId-FilledForPriced') order by all",
    )


def test_what_a_bill_leaves_empty_is_no_fault_of_ours_and_what_we_lose_is(built: Settings, tmp_path: Path) -> None:
    as_built = [
        ("ChargeDescription-Filled", 4, "absent_in_input_version", 4),
        ("ListCost-Filled", 4, "not_derivable", 4),
        ("SkuId-FilledForPriced", 1, "null_at_provider", 1),
    ]
    assert _reasons(built, "bill") == as_built
    spoilt = replace(built, home=tmp_path)
    spoilt.build_dir.mkdir()
    spoilt.build_db.write_bytes(built.build_db.read_bytes())
    with duckdb.connect(str(spoilt.build_db)) as con:
        # a mapping that forgets the SKU of some of its lines
        view = "finops_staging.stg_oci_cost__line_items"
        [(sql,)] = con.execute("select sql from duckdb_views() where view_name = 'stg_oci_cost__line_items'").fetchall()
        query = sql.split(" AS ", 1)[1].rstrip().rstrip(";")
        forgets = "case when line_item_id in ('1', '2') then null else sku_id end"
        con.execute(f"create or replace view {view} as select * replace ({forgets} as sku_id) from ({query})")
    assert worlds.run(
        spoilt, "run", "--select", "int_focus_requirements", "focus_output_results", "focus_results"
    ).success
    assert _reasons(spoilt, "bill") == [*as_built[:2], ("SkuId-FilledForPriced", 3, "null_at_provider", 1)]


@pytest.mark.parametrize("source", rare_charges.FORMATS)
def test_a_sound_bill_stops_nobody_whatever_charges_are_on_it(built: Settings, source: str) -> None:
    """No rare charge has a value that our lines lose, or one where FOCUS allows none."""
    found = asked(
        built,
        "select requirement_id, example, violating_rows > coalesce(reason_count, 0) as is_unexplained "
        f"from finops_published.focus_conformance where side = 'output' and source_name = '{source}'",
    )
    assert len(found) > 50
    assert [(name, example) for name, example, is_unexplained in found if is_unexplained] == []


def test_drift_of_columns_is_told_once_per_column(built: Settings) -> None:
    found = asked(
        built,
        "select column_change, column_name, former_type, new_type, likely_renamed_from, billing_month::varchar "
        "from finops_published.schema_drift where source_name = 'drift' order by all",
    )
    assert found == [
        ("missing", "x_Gone", "VARCHAR", None, None, "2026-02-01"),
        ("new", "x_Came", None, "VARCHAR", None, "2026-02-01"),
        ("new", "x_Second", None, "VARCHAR", None, "2026-02-01"),
        ("renamed", "x_UsageType", "VARCHAR", "VARCHAR", "UsageType", "2026-02-01"),
        ("retyped", "x_Amount", "INTEGER", "DOUBLE", None, "2026-02-01"),
    ]
    assert asked(built, "select count(*) from finops_published.schema_drift where source_name <> 'drift'") == [(0,)]
