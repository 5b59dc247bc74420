"""The exports look as AWS and a FOCUS vendor write them."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from orchestration.simulator import Simulation
from orchestration.simulator.columns import CUR2_COLUMNS, DISCOUNT_COLUMNS, FOCUS_1_2_COLUMNS, wide_select

from .asking import Ask

MONTHS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]


def _manifests(demo: Simulation) -> list[tuple[Path, dict]]:
    root = demo.out / "exports" / "aws_payer"
    return [(path, json.loads(path.read_text())) for path in sorted(root.glob("metadata/*/*/Manifest.json"))]


def _columns(file: Path) -> dict[str, str]:
    return {
        row[0]: row[1]
        for row in duckdb.execute(f"DESCRIBE FROM read_parquet('{file}', hive_partitioning = false)").fetchall()
    }


def test_columns_are_those_of_the_dictionaries() -> None:
    assert len(CUR2_COLUMNS) == 131
    kinds = list(CUR2_COLUMNS.values())
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "string": 78,
        "double": 44,
        "timestamp": 4,
        "map<string,string>": 4,
        "map<string,double>": 1,
    }
    assert list(CUR2_COLUMNS) == sorted(CUR2_COLUMNS)
    assert len(FOCUS_1_2_COLUMNS) == 57


def test_an_expression_for_a_misspelled_column_is_refused() -> None:
    with pytest.raises(KeyError, match="line_item_unblended_costs"):
        wide_select({"line_item_unblended_costs": "1"}, "t")


def test_every_refresh_has_a_manifest_that_names_its_files_and_their_columns(demo: Simulation) -> None:
    manifests = _manifests(demo)
    assert len(manifests) == 13
    for path, manifest in manifests:
        month, run = path.parts[-3], path.parts[-2]
        assert run.endswith(manifest["executionId"])
        assert len(manifest["dataFiles"]) >= 2
        names = {}
        for uri in manifest["dataFiles"]:
            file = demo.out / "exports" / "aws_payer" / uri.split("/harbourline-cur2/", 1)[1]
            assert file.parts[-3:-1] == (month, run)
            types = _columns(file)
            names[file.name] = list(types)
            assert {types["resource_tags"], types["product"]} == {"MAP(VARCHAR, VARCHAR)"}
            assert {types["line_item_unblended_cost"], types["reservation_effective_cost"]} == {"DOUBLE"}
            assert types["line_item_usage_start_date"] == "TIMESTAMP"
        assert list(names.values()) == [[column["name"] for column in manifest["columns"]]] * len(names)


def test_the_manifest_of_a_month_is_that_of_its_newest_refresh(demo: Simulation) -> None:
    for month in MONTHS:
        folder = demo.out / "exports" / "aws_payer" / "metadata" / f"BILLING_PERIOD={month}"
        newest = max(path for path in folder.iterdir() if path.is_dir())
        assert (folder / "Manifest.json").read_bytes() == (newest / "Manifest.json").read_bytes()


def test_discount_columns_are_missing_where_discounts_are_lines(demo: Simulation) -> None:
    for path, manifest in _manifests(demo):
        names = {column["name"] for column in manifest["columns"]}
        is_compatible = path.parts[-3] in {"BILLING_PERIOD=2026-07", "BILLING_PERIOD=2026-08"}
        assert names.isdisjoint(DISCOUNT_COLUMNS) == is_compatible
        assert len(names) == (128 if is_compatible else 131)


def test_net_columns_are_filled_from_the_first_month_of_the_contract_only(ask: Ask) -> None:
    rows = ask("""
        SELECT CAST(bill_billing_period_start_date AS DATE)::VARCHAR, count(line_item_net_unblended_cost) > 0,
            count(*) FILTER (line_item_line_item_type = 'EdpDiscount') > 0, count(discount_total_discount) > 0
        FROM cur GROUP BY ALL ORDER BY ALL""")
    gross, lines, columns = (False, False, False), (True, True, False), (True, False, True)
    assert [row[1:] for row in rows] == [gross, gross, lines, lines, columns, columns]


def test_invoice_ids_come_with_the_last_refresh_of_a_closed_month(demo: Simulation) -> None:
    for path, manifest in _manifests(demo):
        folder = Path(str(path.parent).replace("/metadata/", "/data/"))
        found = duckdb.execute(f"""
            SELECT count(bill_invoice_id) FILTER (bill_bill_type != 'Purchase'),
                count(*) FILTER (bill_bill_type != 'Purchase')
            FROM read_parquet('{folder}/*.parquet')""").fetchone()
        is_last = folder.name == max(other.name for other in folder.parent.iterdir())
        is_closed = not folder.parts[-2].endswith("2026-10")
        assert found[0] == (found[1] if is_last and is_closed else 0), manifest["executionId"]


def test_lines_are_hourly_lie_in_their_month_and_have_unique_ids_but_for_the_repeated(ask: Ask) -> None:
    outside = ask("""
        SELECT line_item_line_item_type, count(*) FROM cur
        WHERE line_item_usage_start_date < bill_billing_period_start_date
            OR line_item_usage_start_date >= bill_billing_period_end_date GROUP BY ALL""")
    assert outside == [("Refund", 2)]
    assert ask("""
        SELECT DISTINCT line_item_usage_end_date - line_item_usage_start_date = INTERVAL 1 HOUR FROM cur
        WHERE line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')
        """) == [(True,)]
    assert ask("SELECT count(*) - count(DISTINCT identity_line_item_id) FROM cur") == [(18,)]
    assert ask("SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM cur)) FROM cur") == [(18,)]


def test_every_line_item_type_occurs(ask: Ask) -> None:
    assert {row[0] for row in ask("SELECT DISTINCT line_item_line_item_type FROM cur")} == {
        *("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee"),
        *("SavingsPlanUpfrontFee", "RIFee", "Fee", "Tax", "Credit", "Refund", "EdpDiscount"),
    }


def test_awkward_values_are_in_the_exports(ask: Ask) -> None:
    names = [row[0] for row in ask("SELECT DISTINCT unnest(map_values(resource_tags)) FROM cur")]
    for part in ('"', "<b>", "🔥", "\n", "DROP TABLE", "👻"):
        assert any(part in name for name in names), part
    assert ask("SELECT count(*) > 50 FROM cur WHERE line_item_unblended_cost = 5.2e-9") == [(True,)]
    assert ask(
        "SELECT count(DISTINCT line_item_usage_account_id) FROM cur WHERE line_item_usage_account_id LIKE '0%'"
    ) == [(3,)]
    assert ask("SELECT DISTINCT length(line_item_usage_account_id) FROM cur") == [(12,)]


def test_the_focus_folder_holds_one_file_per_month_with_all_columns(demo: Simulation, ask: Ask) -> None:
    files = sorted((demo.out / "exports" / "saas_focus").iterdir())
    assert [file.name for file in files] == [f"plumeline-focus-{month}.csv.gz" for month in MONTHS]
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            assert lines.readline().strip().split(",") == list(FOCUS_1_2_COLUMNS)
    assert ask("SELECT DISTINCT BillingCurrency FROM saas ORDER BY 1") == [("EUR",), ("USD",)]
    assert ask("SELECT count(*) > 0 FROM saas WHERE json_extract_string(Tags, '$.note') LIKE '%🔥%\n%'") == [(True,)]
    assert ask("SELECT ChargeClass, count(*) FROM saas WHERE ChargePeriodStart < BillingPeriodStart GROUP BY ALL") == [
        ("Correction", 1)
    ]


@pytest.mark.parametrize(
    ("column", "condition"),
    [
        ("CommitmentDiscountId", "CommitmentDiscountStatus IS NOT NULL"),
        (
            "ConsumedQuantity",
            "ChargeCategory = 'Usage' AND ChargeClass IS NULL AND CommitmentDiscountStatus IS DISTINCT FROM 'Unused'",
        ),
        ("PricingUnit", "PricingQuantity IS NOT NULL"),
        ("BilledCost", "true"),
        ("ServiceSubcategory", "true"),
        ("SkuPriceId", "ChargeCategory IN ('Usage', 'Purchase')"),
    ],
)
def test_focus_columns_that_must_be_filled_are(ask: Ask, column: str, condition: str) -> None:
    assert ask(f"SELECT count(*) FROM saas WHERE {column} IS NULL AND ({condition})") == [(0,)]


def test_focus_unit_prices_times_quantity_are_the_costs(ask: Ask) -> None:
    wrong = ask("""
        SELECT count(*) FROM saas WHERE ListUnitPrice IS NOT NULL AND (
            round(ListUnitPrice::DOUBLE * PricingQuantity::DOUBLE - ListCost::DOUBLE, 8) != 0
            OR round(ContractedUnitPrice::DOUBLE * PricingQuantity::DOUBLE - ContractedCost::DOUBLE, 8) != 0)""")
    assert wrong == [(0,)]
