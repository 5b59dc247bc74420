"""Facts of the business: good ones come typed, a bad one is refused with its file, line and column."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.errors import FinopsError
from orchestration.formats import fact_reference
from orchestration.formats.facts import FACTS
from orchestration.landing import prune_raw
from orchestration.landing.facts import take
from orchestration.rebuild import ledger_hash

from .test_killed import Killed, killer
from .world import FOCUS_LINE, World, csv_text, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ROWS: dict[str, dict[str, str]] = {
    "invoices": {
        "invoice_issuer_name": "Cloudly",
        "invoice_id": "0042",
        "billing_account_id": "0012",
        "billing_month": "2026-08",
        "billing_currency": "USD",
        "untaxed_cost": "100",
        "tax_cost": "19",
        "credit_cost": "-5.5",
        "total_cost": "119",
        "issue_date": "2026-09-03",
        "due_date": "2026-10-03",
        "payment_currency": "EUR",
        "payment_cost": "109.48",
        "purchase_order_id": "PO-7",
    },
    "exchange_rates": {
        "rate_date": "2026-08-03",
        "from_currency": "USD",
        "to_currency": "EUR",
        "rate": "0.921543210987",
        "rate_source": "ECB",
    },
    "budgets": {
        "budget_version": "original",
        "scope_type": "team",
        "scope_id": "search",
        "budget_month": "2026-08-01",
        "currency": "USD",
        "budget_cost": "1000.5",
        "cost_metric": "effective_cost",
        "budget_grain": "month",
        "phasing": "working_days",
        "approved_by": "CFO",
        "approved_date": "2025-11-30",
        "note": 'with a comma, and a "quote"',
    },
    "business_metrics": {
        "metric_id": "orders",
        "metric_name": "Orders",
        "metric_unit": "orders",
        "scope_type": "company",
        "scope_id": "all",
        "period_grain": "day",
        "period_start": "2026-08-03",
        "metric_value": "12345",
        "currency": "",
        "value_type": "actual",
        "aggregation": "sum",
    },
    "planned_changes": {
        "change_id": "CH-1",
        "scope_type": "product",
        "scope_id": "shop",
        "service_name": "Compute",
        "change_type": "launch",
        "start_date": "2026-09-01",
        "end_date": "2026-12-01",
        "daily_change_cost": "120",
        "currency": "EUR",
        "probability_share": "0.8",
        "change_status": "planned",
        "reason": "a new market",
        "owner": "Ada",
    },
    "fiscal_calendar": {
        "fiscal_year": "2026",
        "fiscal_quarter": "1",
        "fiscal_period": "1",
        "fiscal_period_name": "FY26 P1",
        "start_date": "2026-02-01",
        "end_date": "2026-03-01",
    },
    "ownership_registry": {
        "scope_type": "sub_account",
        "scope_id": "0077",
        "owner_role": "cost_owner",
        "owner": "Ada",
        "owner_contact": "ada@example.com",
        "team": "search",
        "cost_center": "CC 7",
        "business_unit": "Shop",
        "valid_from": "2026-01-01",
        "valid_to": "",
    },
    "recommendations": {
        "recommendation_id": "rec-1",
        "service_provider_name": "AWS",
        "sub_account_id": "0077",
        "service_name": "Compute",
        "region_id": "eu-west-1",
        "resource_id": "vm-1",
        "recommendation_type": "rightsize",
        "description": "half the size",
        "estimated_monthly_savings_cost": "55.25",
        "realized_monthly_savings_cost": "50",
        "currency": "USD",
        "recommendation_status": "verified",
        "identified_date": "2026-08-01",
        "reviewed_date": "2026-08-02",
        "decided_date": "2026-08-02",
        "implemented_date": "2026-08-10",
        "verified_date": "2026-09-10",
        "effort": "low",
        "risk": "low",
        "owner": "Ada",
        "is_automated": "FALSE",
        "link_channel": "backlog",
        "link_url": "https://example.com/1",
    },
    "worklogs": {
        "worklog_id": "w1",
        "work_date": "2026-08-03",
        "team": "search",
        "person_id": "p7",
        "activity": "optimization",
        "hours": "1.5",
        "hourly_cost": "90",
        "currency": "EUR",
        "recommendation_id": "rec-1",
        "reference_id": "T-1",
        "description": "",
    },
    "incidents": {
        "incident_id": "I-1",
        "incident_type": "cost_anomaly",
        "scope_type": "product",
        "scope_id": "shop",
        "severity": "high",
        "cost_direction": "up",
        "started_at": "2026-08-03T22:00:00Z",
        "detected_at": "2026-08-04T01:00:00+02:00",
        "acknowledged_at": "2026-08-04 06:00:00",
        "resolved_at": "2026-08-04T08:30",
        "downtime_minutes": "12.5",
        "caused_by_id": "CH-1",
        "description": "",
    },
    "software_deliveries": {
        "software_delivery_id": "d1",
        "scope_type": "product",
        "scope_id": "shop",
        "environment": "production",
        "deployed_at": "2026-08-03T10:00:00Z",
        "first_commit_at": "2026-08-01T10:00:00Z",
        "feature_count": "2",
        "is_failed": "true",
        "restored_at": "2026-08-03T10:30:00Z",
        "reference_id": "v1.2",
    },
    "approvals": {
        "request_id": "R-1",
        "request_type": "resource",
        "scope_type": "team",
        "scope_id": "search",
        "subject_id": "vm-9",
        "requested_by": "Bob",
        "requested_at": "2026-08-01",
        "estimated_monthly_cost": "300",
        "currency": "USD",
        "decision": "approved",
        "decided_at": "2026-08-02T09:00:00Z",
        "approver": "Ada",
        "reason": "needed",
    },
}


def text(fact: str, *changes: dict[str, Any]) -> str:
    """Write a fact as CSV: its good row once per item of `changes` (once as it is, without any)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [column.name for column in FACTS[fact].columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**ROWS[fact], **change} for change in changes or ({},))
    return out.getvalue()


def deliver(world: World, fact: str, *changes: dict[str, Any], name: str = "facts") -> Path:
    """Put a CSV file of a fact into the folder of a source."""
    path = world.source(fact, name) / "file.csv"
    path.write_text(text(fact, *changes), encoding="utf-8")
    return path


def refused(world: World, *words: str) -> str:
    """Land, expect one rejection that holds all words, and nothing in use."""
    result = world.land()
    assert len(result.rejected) == 1, result
    message = result.rejected[0].message
    for word in ("Source facts: ", *words):
        assert word in message, message
    assert "\n" not in message
    assert not world.ledger().current_facts()
    assert not list(world.settings.raw_dir.glob("*/*/*.parquet")), "a rejected delivery leaves nothing in raw"
    return message


# What is right


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_lands_and_comes_typed(world: World, fact: str) -> None:
    deliver(world, fact)
    result = world.land()
    assert not result.rejected, result.rejected
    kinds = {
        "decimal": Decimal,
        "rate": Decimal,
        "integer": int,
        "boolean": bool,
        "timestamp": datetime,
        "date": date,
        "month": date,
    }
    (row,) = world.query(f"from finops_raw.{fact}")
    for column, value in zip(FACTS[fact].columns, row, strict=False):
        delivered = ROWS[fact][column.name]
        assert value is None if delivered == "" else isinstance(value, kinds.get(column.kind, str)), column
    assert row[-2:] == ("facts", result.new[0].delivery.delivery_id)


def test_every_fact_is_there_without_any_source_of_it(world: World) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE])
    world.land()
    for fact, fmt in FACTS.items():
        rows = world.query(f"select column_name, data_type from information_schema.columns where table_name = '{fact}'")
        assert [name for name, _ in rows] == [*fmt.by_name, "source_name", "delivery_id"]
        assert dict(rows)[fmt.columns[0].name] == fmt.columns[0].sql_type.upper()
        assert world.query(f"from finops_raw.{fact}") == []


def test_values_are_read_as_they_are_meant(world: World) -> None:
    deliver(world, "incidents")
    deliver(world, "exchange_rates", name="rates")
    deliver(world, "budgets", name="plan")
    world.land()
    (row,) = world.query("select started_at, detected_at, acknowledged_at, resolved_at from finops_raw.incidents")
    assert [value.isoformat() for value in row] == [
        "2026-08-03T22:00:00",
        "2026-08-03T23:00:00",  # an offset is taken off
        "2026-08-04T06:00:00",
        "2026-08-04T08:30:00",
    ]
    assert world.query("select rate from finops_raw.exchange_rates") == [(Decimal("0.921543210987"),)]
    (row,) = world.query("select budget_month, budget_cost, note from finops_raw.budgets")
    assert row == (date(2026, 8, 1), Decimal("1000.5"), 'with a comma, and a "quote"')


def test_columns_come_in_any_order_and_spelling_and_optional_ones_may_be_missing(world: World) -> None:
    path = world.source("exchange_rates", "facts") / "rates.csv"
    path.write_bytes(b"\xef\xbb\xbfTo Currency,RATE,Rate-Date,fromCurrency\r\nEUR, 0.92 ,2026-08-03,USD\r\n\r\n")
    assert not world.land().rejected
    (row,) = world.query(
        "select rate_date, from_currency, to_currency, rate, rate_source from finops_raw.exchange_rates"
    )
    assert row == (date(2026, 8, 3), "USD", "EUR", Decimal("0.92"), None)


def test_gzip_and_parquet_are_taken_beside_csv(world: World) -> None:
    folder = world.source("exchange_rates", "facts")
    write_csv(folder / "a.csv.gz", [ROWS["exchange_rates"]])
    row = {"rate_date": date(2026, 8, 4), "from_currency": "USD", "to_currency": "EUR", "rate": 0.1 + 0.2}
    pq.write_table(pa.Table.from_pylist([row]), folder / "b.parquet")
    stamped = {**row, "rate_date": datetime(2026, 8, 5), "rate": Decimal("2.5")}  # noqa: DTZ001
    pq.write_table(pa.Table.from_pylist([stamped]), folder / "c.parquet")
    assert not world.land().rejected
    rows = world.query("select rate_date, rate from finops_raw.exchange_rates order by 1")
    assert rows[1:] == [(date(2026, 8, 4), Decimal("0.3")), (date(2026, 8, 5), Decimal("2.5"))]


def test_columns_that_nothing_reads_are_named_by_a_few(world: World) -> None:
    many = ROWS["budgets"] | {f"extra {number}": "1" for number in range(400)}
    write_csv(world.source("budgets", "facts") / "a.csv", [many])
    [delivery] = [outcome.delivery for outcome in world.land().new]
    assert "no column 'extra 0', 'extra 1', 'extra 2', 'extra 3', 'extra 4' and 395 more, so" in delivery.warnings[0]


def test_a_column_may_be_called_as_the_engine_calls_its_own(world: World) -> None:
    row = ROWS["budgets"] | {"file_row_number": "7", "filename": "x"}
    write_csv(world.source("budgets", "facts") / "a.csv", [row])
    assert not world.land().rejected
    assert world.query("select budget_cost from finops_raw.budgets") == [(Decimal("1000.5"),)]


def test_an_archive_is_read_as_what_is_in_it(world: World) -> None:
    """A row keeps its line in the file inside, also beside what another source says."""
    folder = world.source("exchange_rates", "facts")
    note = {**ROWS["exchange_rates"], "rate_date": "2026-08-04", "rate_source": "ECB\nby hand"}
    text = csv_text([note, ROWS["exchange_rates"]]).replace("by hand", "\nby hand")
    with zipfile.ZipFile(folder / "rates.zip", "w") as archive:
        archive.writestr("2026/rates.csv", text)
        archive.writestr("readme.txt", "what the bank sent")
    assert not world.land().rejected
    write_csv(world.source("exchange_rates", "again") / "a.csv", [ROWS["exchange_rates"]])
    [again] = world.land().rejected
    assert "line 2 repeats line 5 of file 'rates.zip/2026/rates.csv' of source facts" in again.message


def test_a_file_may_be_named_alone(world: World) -> None:
    deliver(world, "budgets")
    world.sources[0]["uri"] = "facts/file.csv"
    world.write_sources()
    assert [outcome.delivery.row_count for outcome in world.land().new] == [1]


def test_a_column_of_ones_own_is_taken_without_a_word(world: World) -> None:
    path = deliver(world, "exchange_rates")
    path.write_text(path.read_text().replace("rate_source", "x_desk"))
    delivery = world.land().new[0].delivery
    assert (delivery.unknown_columns, delivery.warnings) == (["x_desk"], [])


def test_an_unknown_column_is_taken_with_a_warning(world: World) -> None:
    path = deliver(world, "exchange_rates")
    path.write_text(path.read_text().replace("rate_source", "colour"))
    delivery = world.land().new[0].delivery
    assert "Exchange rates have no column 'colour'" in delivery.warnings[0]
    (row,) = world.query("select unknown_columns, missing_columns, message from finops_raw.deliveries")
    assert row[:2] == ('["colour"]', '["rate_source"]')
    assert "colour" in row[2]


def test_a_virtual_currency_may_be_converted_from_and_is_named(world: World) -> None:
    deliver(world, "exchange_rates", {"from_currency": "CREDITS"})
    assert "'CREDITS' in from_currency is no currency code" in world.land().new[0].delivery.warnings[0]


def test_a_rate_far_from_the_one_before_it_is_pointed_at_and_taken(world: World) -> None:
    rates = ("0.92", "0.93", "9.2", "0.91")
    deliver(world, "exchange_rates", *({"rate_date": f"2026-08-0{n}", "rate": x} for n, x in enumerate(rates, 1)))
    delivery = world.land().new[0].delivery
    assert delivery.row_count == 4
    assert delivery.warnings == [
        "In file 'file.csv', line 4 (as in 1 more), rate is 9.2 for USD, EUR, after 0.93; it is used as it stands."
    ]


def test_a_metric_with_a_gap_is_pointed_at_and_taken(world: World) -> None:
    deliver(
        world,
        "business_metrics",
        *({"period_start": f"2026-08-{day:02}"} for day in (1, 2, 5, 7)),
        {"metric_id": "visits", "period_start": "2026-08-09"},
    )
    result = world.land()
    delivery = result.new[0].delivery
    assert delivery.row_count == 5
    (warning,) = delivery.warnings
    assert result.warnings == [f"{delivery.source_name}: {warning}"], "for everybody who lands"
    assert warning.startswith("In file 'file.csv', line 4 (as in 1 more), orders, company, all, actual goes on at ")
    assert "2026-08-05 after 2026-08-02, though the usual step is 1 day; a month of which days are missing" in warning


def test_a_month_that_is_missing_is_told_as_one(world: World) -> None:
    months = ({"period_grain": "month", "period_start": f"2026-{month:02}-01"} for month in (1, 2, 3, 6))
    deliver(world, "business_metrics", *months)
    (warning,) = world.land().new[0].delivery.warnings
    assert warning.endswith(
        "2026-06-01 after 2026-03-01, though the usual step is 1 month; what lies between has no value."
    )


def test_a_metric_that_comes_every_quarter_has_no_gaps(world: World) -> None:
    months = ({"period_grain": "month", "period_start": f"2026-{month:02}-01"} for month in (1, 4, 7, 10))
    deliver(world, "business_metrics", *months)
    assert world.land().new[0].delivery.warnings == []


def test_a_month_that_another_source_delivers_is_no_gap(world: World) -> None:
    months = {"period_grain": "month", "scope_type": "team", "scope_id": "web"}
    deliver(world, "business_metrics", *(months | {"period_start": f"2026-0{n}-01"} for n in (6, 8)), name="one")
    world.land()
    deliver(world, "business_metrics", months | {"period_start": "2026-07-01"}, name="two")
    assert world.land().new[0].delivery.warnings == []


def test_a_metric_by_day_and_by_month_is_pointed_at_and_taken(world: World) -> None:
    deliver(
        world,
        "business_metrics",
        {"period_grain": "month", "period_start": "2026-08-01", "metric_value": "300000"},
        *({"period_start": f"2026-{day}"} for day in ("07-31", "08-01", "08-02")),
    )
    (warning,) = world.land().new[0].delivery.warnings
    assert warning.startswith(
        "In file 'file.csv', line 4 (as in 1 more), orders, company, all, actual has a value for "
    )
    assert "the day 2026-08-01 and one for its month; where a month is asked for, that of the month" in warning


def test_a_header_alone_says_that_there_is_nothing(world: World) -> None:
    folder = world.source("budgets", "facts")
    (folder / "budgets.csv").write_text((fact_reference.FOLDER / "budgets.csv").read_text())
    assert world.land().new[0].delivery.warnings == ["The files hold a header but no row."]
    assert world.query("from finops_raw.budgets") == []


def test_rates_of_both_directions_may_be_bought_and_sold_at(world: World) -> None:
    turned = {"from_currency": "EUR", "to_currency": "USD"}
    deliver(world, "exchange_rates", {"rate": "0.92"}, turned | {"rate": "1.06"})
    assert not world.land().rejected


def test_rates_may_leave_out_days(world: World) -> None:
    deliver(world, "exchange_rates", {"rate_date": "2026-08-07"}, {"rate_date": "2026-08-10"})
    assert not world.land().rejected


def test_owners_may_follow_each_other_with_a_gap(world: World) -> None:
    rows = [
        {"valid_from": "", "valid_to": "2026-01-01", "owner": "Bob"},
        {"valid_from": "2026-01-01", "valid_to": "2026-03-01"},
        {"valid_from": "2026-04-01"},
        {"valid_from": "", "owner_role": "approver"},
    ]
    deliver(world, "ownership_registry", *rows)
    assert not world.land().rejected


# How deliveries follow each other


def test_the_newest_delivery_replaces_the_former_whole(world: World) -> None:
    deliver(world, "budgets", {}, {"scope_id": "ads"})
    world.land()
    before = ledger_hash(world.ledger())
    deliver(world, "budgets", {"budget_cost": "7"})
    assert len(world.land().new) == 1
    assert world.query("select scope_id, budget_cost from finops_raw.budgets") == [("search", Decimal(7))]
    rows = world.query("select state, sequence, row_count, billing_month from finops_raw.deliveries order by sequence")
    assert rows == [("superseded", 1, 2, None), ("current", 2, 1, None)]
    assert ledger_hash(world.ledger()) != before, "what reads facts is built anew"
    result = world.land()
    assert (len(result.new), len(result.unchanged)) == (0, 1)


def test_what_was_superseded_is_removed_from_raw_but_for_the_former(world: World) -> None:
    for cost in ("1", "2", "3"):
        deliver(world, "budgets", {"budget_cost": cost})
        world.land()
    first, second, third = (delivery.raw_folder for delivery in world.ledger().facts)
    world.settings = type(world)(world.root).settings
    assert prune_raw(world.settings) == []
    object.__setattr__(world.settings, "raw_keep_days", -1)
    assert prune_raw(world.settings) == [first]
    assert all((world.settings.raw_dir / folder).is_dir() for folder in (second, third))


def test_a_bad_delivery_leaves_the_last_good_one_in_use(world: World) -> None:
    path = deliver(world, "budgets")
    world.land()
    deliver(world, "budgets", {"budget_cost": "a lot"})
    (outcome,) = world.land().rejected
    assert "the last good delivery stays in use" in outcome.message
    assert [outcome.is_new for outcome in world.land().rejected] == [False]
    assert world.query("select budget_cost from finops_raw.budgets") == [(Decimal("1000.5"),)]
    states = world.query("select state, format, message is null from finops_raw.deliveries order by state")
    assert states == [("current", "budgets", True), ("rejected", "budgets", False)]
    path.write_text(text("budgets", {"budget_cost": "8"}))
    assert not world.land().rejected
    assert not world.ledger().rejections


def test_under_strict_a_bad_fact_stops_the_run(world: World) -> None:
    deliver(world, "budgets", {"budget_cost": "a lot"})
    with pytest.raises(FinopsError, match="FINOPS_STRICT=1"):
        world.land(strict=True)


def test_two_sources_share_a_fact_but_no_row(world: World) -> None:
    deliver(world, "budgets", name="one")
    world.land()
    deliver(world, "budgets", {}, {"scope_id": "ads"}, name="two")
    (outcome,) = world.land().rejected
    assert "file 'file.csv', line 2 repeats line 2 of file 'file.csv' of source one" in outcome.message
    deliver(world, "budgets", {"scope_id": "ads"}, name="two")
    assert not world.land().rejected
    assert world.query("select source_name, scope_id from finops_raw.budgets order by 1") == [
        ("one", "search"),
        ("two", "ads"),
    ]


def test_a_row_that_moves_to_another_source_is_taken_once_the_former_lets_go(world: World) -> None:
    deliver(world, "ownership_registry", name="one")
    world.land()
    deliver(world, "ownership_registry", {"valid_from": "2025-01-01", "valid_to": "2027-01-01"}, name="two")
    assert "overlaps in time" in world.land().rejected[0].message
    deliver(world, "ownership_registry", {"scope_id": "0078"}, name="one")
    world.land()
    assert not world.land().rejected
    assert sorted(world.query("select source_name from finops_raw.ownership_registry")) == [("one",), ("two",)]
    assert not world.ledger().rejections, "the same files were refused before and are good now"


@pytest.mark.parametrize("step", ["read_files", "settle", "record_facts"])
def test_killed_at_any_point_the_next_run_finishes_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    deliver(world, "budgets")
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a kill gives no time to tidy up
    monkeypatch.setattr(take, step, killer(0, getattr(take, step)))
    with pytest.raises(Killed):
        world.land()
    monkeypatch.undo()
    assert not world.ledger().facts
    world.land()
    assert world.query("select count(*) from finops_raw.budgets") == [(1,)]
    assert len(list(world.settings.raw_dir.glob("facts/*"))) == 1
    assert not list(world.settings.raw_dir.glob(".incoming-*"))
    assert not list(world.settings.raw_dir.glob("*/*/.landing"))
    assert not world.land().new


# What is refused: cells


@pytest.mark.parametrize(
    ("fact", "column", "value", "words"),
    [
        ("budgets", "budget_cost", "1,234.50", "is not a number; write it as 1234.50"),
        ("budgets", "budget_cost", "1.234,50", "is not a number"),
        ("budgets", "budget_cost", "$5", "is not a number"),
        ("budgets", "budget_cost", "NaN", "is not a number"),
        ("budgets", "budget_cost", "1e40", "is too large: there is room for 29 digits before the decimal point"),
        ("exchange_rates", "rate", "1e27", "is too large: there is room for 26 digits"),
        ("budgets", "budget_cost", "", "is empty; every row needs one"),
        ("budgets", "budget_cost", "-1", "must not be negative"),
        ("budgets", "budget_month", "2026-08-15", "is not a month; write it as 2026-01"),
        ("budgets", "budget_month", "08/2026", "is not a month"),
        ("budgets", "budget_month", "2026-13", "is not a month"),
        ("budgets", "budget_version", "Original", "must be one of: original, current, latest_estimate"),
        ("budgets", "currency", "EURO", "is not a currency code of ISO 4217"),
        ("budgets", "currency", "usd", "in capitals"),
        ("budgets", "currency", "XXX", "is not a currency code"),
        ("budgets", "scope_type", "squad", "must be one of: company"),
        ("exchange_rates", "rate_date", "03.08.2026", "is not a date; write it as 2026-01-31"),
        ("exchange_rates", "rate_date", "2026-02-30", "is not a date"),
        ("exchange_rates", "rate_date", "0202-08-03", "is not a date"),
        ("exchange_rates", "rate", "0", "must be greater than 0"),
        ("exchange_rates", "rate", "-0.92", "must be greater than 0"),
        ("exchange_rates", "rate", "0.0000000000001", "must be greater than 0"),
        ("exchange_rates", "to_currency", "CREDITS", "is not a currency code"),
        ("exchange_rates", "to_currency", "USD", "must not be from_currency too"),
        ("fiscal_calendar", "fiscal_quarter", "5", "must lie between 1 and 4"),
        ("fiscal_calendar", "fiscal_year", "FY26", "is not a whole number"),
        ("invoices", "total_cost", "118.99", "must be untaxed_cost and tax_cost added"),
        ("invoices", "credit_cost", "5.5", "must be 0 or negative"),
        ("invoices", "due_date", "2026-09-02", "must not lie before issue_date"),
        ("business_metrics", "scope_id", "shop", "must be 'all' where scope_type is company"),
        ("planned_changes", "end_date", "2026-09-01", "must be after start_date"),
        ("planned_changes", "probability_share", "80", "must lie between 0 and 1"),
        ("recommendations", "implemented_date", "", "recommendation_status"),
        ("recommendations", "is_automated", "yes", "is neither true nor false"),
        ("worklogs", "hours", "25", "at most 24"),
        ("incidents", "resolved_at", "2026-08-03T21:00:00Z", "must not lie before started_at"),
        ("incidents", "started_at", "yesterday", "is not a time; write it as 2026-01-31T18:00:00Z"),
        ("approvals", "approver", "", "must have a value in column 'approver'"),
    ],
)
def test_a_bad_value_is_refused_with_file_line_and_column(
    world: World, fact: str, column: str, value: str, words: str
) -> None:
    deliver(world, fact, {}, {column: value})
    message = refused(world, "file 'file.csv', line 3, column '", words)
    if value:
        assert f"line 3, column '{column}', the value '{value}' " in message


# What is refused: rows beside each other


@pytest.mark.parametrize("fact", FACTS)
def test_a_row_that_repeats_another_is_refused_with_both_lines(world: World, fact: str) -> None:
    deliver(world, fact, {}, {})
    refused(world, "file 'file.csv', line 3 repeats line 2: both are about")


def test_a_row_that_repeats_one_of_another_file_names_both_files(world: World) -> None:
    folder = deliver(world, "exchange_rates").parent
    (folder / "second.csv").write_text(text("exchange_rates", {"rate_date": "2026-08-02"}, {"rate": "0.93"}))
    refused(world, "file 'second.csv', line 3 repeats line 2 of file 'file.csv': both are about 2026-08-03, USD, EUR")


def test_rows_whose_optional_part_of_the_key_is_empty_repeat_each_other(world: World) -> None:
    deliver(world, "business_metrics", {"value_type": ""}, {"value_type": "", "metric_value": "1"})
    refused(world, "line 3 repeats line 2")


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"start_date": "2026-03-02", "end_date": "2026-04-01"}, "leaves a gap in time beside line 2"),
        ({"start_date": "2026-02-28", "end_date": "2026-04-01"}, "overlaps in time with line 2"),
        ({"start_date": "2026-03-01", "end_date": "2026-03-01"}, "end_date 2026-03-01 is not after start_date"),
    ],
)
def test_a_fiscal_calendar_with_a_hole_or_an_overlap_is_refused(
    world: World, second: dict[str, str], words: str
) -> None:
    deliver(world, "fiscal_calendar", {}, {"fiscal_period": "2", **second})
    refused(world, "file 'file.csv', line 3", words, "exclusive")


def test_rates_of_both_directions_that_contradict_each_other_are_refused(world: World) -> None:
    turned = {"from_currency": "EUR", "to_currency": "USD"}
    deliver(world, "exchange_rates", {"rate": "0.92"}, turned | {"rate": "0.93"})
    refused(
        world,
        "line 2 has rate 0.92 for USD, EUR, and line 3 has 0.93 the other way round on 2026-08-03",
        "deliver one direction",
    )


def test_two_owners_of_one_scope_at_the_same_time_are_refused(world: World) -> None:
    deliver(world, "ownership_registry", {"valid_from": "2026-06-01"}, {"valid_to": "2026-07-01"})
    refused(world, "line 2", "overlaps in time with line 3", "both are about sub_account, 0077, cost_owner")


def test_a_metric_with_two_units_is_refused(world: World) -> None:
    deliver(world, "business_metrics", {}, {"period_start": "2026-08-04", "metric_unit": "thousand orders"})
    refused(world, "line 3 has metric_unit 'thousand orders' for metric_id 'orders', and line 2 has 'orders'")


# What is refused: files


def test_a_missing_column_is_refused_with_the_header(world: World) -> None:
    path = deliver(world, "exchange_rates")
    path.write_text(path.read_text().replace("to_currency", "into"))
    refused(
        world, "'file.csv' lacks the column to_currency.", "rate_date,from_currency", "seeds/facts/exchange_rates.csv"
    )


def test_semicolons_are_recognized(world: World) -> None:
    path = deliver(world, "exchange_rates")
    path.write_text(path.read_text().replace(",", ";"))
    refused(world, "lacks the columns", "save it with commas")


def test_a_column_twice_is_refused(world: World) -> None:
    path = deliver(world, "exchange_rates")
    path.write_text(path.read_text().replace("rate_source", "Rate"))
    refused(world, "one column twice, as 'rate' and 'Rate'")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"\n", "no header line"),
        (text("budgets").replace("CFO", "B\xfcro").encode("latin-1"), "not UTF-8 (line 2)"),
        (text("budgets").encode("utf-16"), "UTF-16"),
        (text("budgets").encode() + b"a,b\n", "line 3, there are 2 values for 12 columns"),
        (text("budgets").encode() + b'a,"b\n', "cannot be read as CSV"),
        (b"\x1f\x8b\x08\x00", "cut off or damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(world: World, content: bytes, words: str) -> None:
    (world.source("budgets", "facts") / "file.csv").write_bytes(content)
    refused(world, "file.csv", words)


def test_a_damaged_parquet_file_is_refused(world: World) -> None:
    path = world.source("exchange_rates", "facts") / "rates.parquet"
    pq.write_table(pa.Table.from_pylist([ROWS["exchange_rates"]]), path)
    path.write_bytes(path.read_bytes()[:-20])
    refused(world, "rates.parquet", "cut off or damaged")


def test_a_bad_row_of_a_parquet_file_is_counted_from_one(world: World) -> None:
    path = world.source("exchange_rates", "facts") / "rates.parquet"
    pq.write_table(pa.Table.from_pylist([ROWS["exchange_rates"], {**ROWS["exchange_rates"], "rate": "x"}]), path)
    refused(world, "file 'rates.parquet', row 2, column 'rate', the value 'x' is not a number")


# What people read


def test_the_templates_and_the_reference_say_what_is_defined() -> None:
    advice = "run `python -m orchestration.formats.fact_reference`"
    for fact, fmt in FACTS.items():
        assert (fact_reference.FOLDER / f"{fact}.csv").read_text() == fact_reference.template(fmt), advice
    assert (fact_reference.FOLDER / "README.md").read_text() == fact_reference.page(), advice
    assert len(list(fact_reference.FOLDER.iterdir())) == len(FACTS) + 1


@pytest.mark.parametrize("fact", FACTS)
def test_the_rows_of_these_tests_have_every_column(fact: str) -> None:
    assert list(ROWS[fact]) == [column.name for column in FACTS[fact].columns]


@pytest.mark.parametrize("fact", FACTS)
def test_keys_and_conditions_name_columns(fact: str) -> None:
    fmt = FACTS[fact]
    assert set(fmt.key) <= set(fmt.by_name)
    with duckdb.connect() as connection:
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in fmt.columns)
        connection.execute(f"create table rows ({columns})")
        for rule in fmt.rules:
            connection.execute(f"select {rule.column} from rows where {rule.broken}")


def test_a_folder_without_files_of_facts_says_what_to_do(world: World) -> None:
    root = world.source("budgets", "facts")
    (result,) = world.land().pending
    assert "there is no CSV, Parquet or ZIP file in" in result.message
    assert "correct the uri in sources.yml" in result.message
    (root / "plan.jsonl").write_text("{}\n")
    refused(world, "'plan.jsonl' is neither CSV, Parquet nor ZIP", "save it as CSV")
