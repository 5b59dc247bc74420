"""FOCUS's datasets besides Cost and Usage: each delivery is one snapshot under the specification's names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from orchestration.formats.focus_datasets import FOCUS_DATASETS

from .world import FOCUS_LINE, World, csv_text, write_csv, write_parquet

# Contract Commitment as of 1.3: 13 columns, of which 1.4 kept all.
COMMITMENT = {
    "ContractCommitmentId": "cc-1",
    "ContractCommitmentType": "Commit",
    "ContractCommitmentCategory": "Spend",
    "ContractCommitmentCost": "120000.000000001",
    "ContractCommitmentQuantity": "(null)",
    "ContractCommitmentUnit": "NULL",
    "ContractCommitmentDescription": "",
    "ContractCommitmentPeriodStart": "2026-01-01T00:00:00Z",
    "ContractCommitmentPeriodEnd": "2027-01-01T00:00:00Z",
    "ContractId": "c-1",
    "ContractPeriodStart": "2026-01-01T00:00:00Z",
    "ContractPeriodEnd": "2029-01-01T00:00:00Z",
    "BillingCurrency": "USD",
}
INVOICE_LINE = {
    "InvoiceIssuerName": "Lumen AI",
    "InvoiceId": "INV-1",
    "InvoiceDetailId": "1",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingCurrency": "USD",
    "BilledCost": "10.5",
    "InvoiceDetailGrain": '{"SubAccountId": "a"}',
    "x_Own": "kept as it is",
}


def test_the_datasets_have_the_columns_of_1_4() -> None:
    assert {name: len(fmt.columns) for name, fmt in FOCUS_DATASETS.items()} == {
        "focus_contract_commitment": 30,
        "focus_billing_period": 6,
        "focus_invoice_detail": 22,
    }


def test_commitments_of_1_3_lack_what_1_4_added(world: World) -> None:
    write_csv(world.source("focus_contract_commitment") / "commitments.csv", [COMMITMENT])
    assert not world.land().rejected
    assert world.query(
        "select contract_commitment_id, contract_commitment_cost, contract_commitment_quantity, "
        "contract_commitment_unit, contract_commitment_period_end, contract_commitment_model "
        "from finops_raw.focus_contract_commitment"
    ) == [("cc-1", Decimal("120000.000000001"), None, None, dt.datetime(2027, 1, 1), None)]  # noqa: DTZ001


def test_a_billing_period_that_closes_is_the_next_snapshot(world: World) -> None:
    root = world.source("focus_billing_period")
    period = {
        "InvoiceIssuerName": "Lumen AI",
        "BillingPeriodStart": "2026-08-01T00:00:00Z",
        "BillingPeriodEnd": "2026-09-01T00:00:00Z",
        "BillingPeriodStatus": "Open",
    }
    for status in ("Open", "Closed"):
        write_csv(root / "periods.csv", [period | {"BillingPeriodStatus": status}])
        assert not world.land().rejected
    assert world.query("select billing_period_status from finops_raw.focus_billing_period") == [("Closed",)]


@pytest.mark.parametrize("suffix", ["csv.gz", "parquet"])
def test_invoice_lines_are_read_from_text_and_parquet(world: World, suffix: str) -> None:
    path = world.source("focus_invoice_detail") / f"details.{suffix}"
    if suffix == "parquet":
        write_parquet(path, [INVOICE_LINE], {"BilledCost": "decimal(20, 4)", "BillingPeriodStart": "timestamptz"})
    else:
        write_csv(path, [INVOICE_LINE])
    assert not world.land().rejected
    assert world.query(
        "select invoice_id, billed_cost, billing_period_start, invoice_detail_grain "
        "from finops_raw.focus_invoice_detail"
    ) == [("INV-1", Decimal("10.5"), dt.datetime(2026, 8, 1), '{"SubAccountId": "a"}')]  # noqa: DTZ001


def test_an_invoice_line_twice_is_refused_with_its_place(world: World) -> None:
    text = csv_text([INVOICE_LINE, INVOICE_LINE])
    (world.source("focus_invoice_detail") / "details.csv").write_text(text)
    [outcome] = world.land().rejected
    assert "line 3" in outcome.message
    assert "INV-1" in outcome.message


PERIOD = {
    "InvoiceIssuerName": "Lumen AI",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "BillingPeriodStatus": "Open",
}


@pytest.mark.parametrize(
    ("dataset", "line", "column"),
    [
        ("focus_contract_commitment", COMMITMENT, "ContractCommitmentPeriodEnd"),
        ("focus_billing_period", PERIOD, "BillingPeriodEnd"),
    ],
)
def test_a_period_that_ends_before_it_begins_is_refused(
    world: World, dataset: str, line: dict[str, str], column: str
) -> None:
    write_csv(world.source(dataset) / "a.csv", [line | {column: "2025-12-31T00:00:00Z"}])
    [outcome] = world.land().rejected
    assert "in file 'a.csv', line 2, column '" in outcome.message
    assert "the value '2025-12-31T00:00:00Z' must lie after " in outcome.message


def test_a_file_of_another_kind_is_named_for_what_it_is(world: World) -> None:
    write_csv(world.source("focus_invoice_detail") / "a.csv", [FOCUS_LINE])
    [outcome] = world.land().rejected
    assert "look like FOCUS Cost and Usage; write `format: focus`" in outcome.message


def test_a_missing_column_is_named_and_so_is_the_place_that_describes_it(world: World) -> None:
    write_csv(world.source("focus_invoice_detail") / "details.csv", [{"InvoiceId": "INV-1"}])
    [outcome] = world.land().rejected
    assert "invoice_detail_id" in outcome.message
    assert "FOCUS specification" in outcome.message
