"""FOCUS as vendors really write it: spreadsheets of SaaS vendors, virtual currencies, columns of the provider's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.landing.expressions import text_exact_sql

from .world import AUGUST, FOCUS_LINE, SEPTEMBER, World, csv_text, data_export, write_csv, write_parquet

DUCKDB = duckdb.connect()
# A FOCUS 1.0 export of AWS has these on top, 1.2 the last three of them.
AWS_COLUMNS = {
    "x_CostCategories": '{"team": "search"}',
    "x_UsageType": "BoxUsage",
    "x_Discounts": "{}",
    "x_Operation": "RunInstances",
    "x_ServiceCode": "AmazonEC2",
}


def test_a_spreadsheet_of_a_saas_vendor_is_read(world: World) -> None:
    """Dates with slashes, money with a sign and commas, `(null)`, a byte order mark and blank lines between records."""
    line = {
        **FOCUS_LINE,
        "BillingPeriodStart": "8/1/26",
        "BillingPeriodEnd": "9/1/26",
        "ChargePeriodStart": "8/3/2026 14:30",
        "ChargePeriodEnd": "08/04/2026",
        "BilledCost": "$10,000.00 ",
        "EffectiveCost": "($1,234.50)",
        "ResourceId": "(null)",
    }
    header, first, _ = csv_text([line]).split("\n")
    text = "\n".join([header, first, "", first.replace("$10,000.00 ", "-$5"), "", ""])
    (world.source("focus") / "bill.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert not world.land().rejected
    assert world.query(
        "select BillingPeriodStart, ChargePeriodStart, ChargePeriodEnd, BilledCost, EffectiveCost, ResourceId "
        "from finops_raw.focus order by BilledCost"
    ) == [
        (
            dt.datetime(2026, 8, 1),  # noqa: DTZ001
            dt.datetime(2026, 8, 3, 14, 30),  # noqa: DTZ001
            dt.datetime(2026, 8, 4),  # noqa: DTZ001
            cost,
            Decimal("-1234.5"),
            None,
        )
        for cost in (Decimal(-5), Decimal(10000))
    ]


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=9),
    st.sampled_from(["${:,f}", " {:,f} ", "{:f}", "€ {:,f}"]),
)
def test_money_as_people_write_it_keeps_every_digit(amount: Decimal, template: str) -> None:
    query = f"select {text_exact_sql('value')} from (select ? as value)"
    assert DUCKDB.execute(query, [template.format(amount)]).fetchone() == (amount,)


@pytest.mark.parametrize("suffix", [".snappy.parquet", ".csv.gz"])
def test_an_aws_focus_export_lands_with_the_columns_of_aws_beside_it(world: World, suffix: str) -> None:
    """In the folders of AWS Data Exports; what 1.2 dropped is missing in the next delivery and nothing breaks."""
    root = world.source("focus")
    kept = {name: AWS_COLUMNS[name] for name in ("x_Discounts", "x_Operation", "x_ServiceCode")}
    newer = {"InvoiceId": "INV-1", "BillingPeriodStart": SEPTEMBER, "ChargePeriodStart": SEPTEMBER}
    data_export(root, [{**FOCUS_LINE, **AWS_COLUMNS}], suffix=suffix)
    data_export(root, [{**FOCUS_LINE, **kept, **newer}], month="2026-09", suffix=suffix)
    assert not world.land().rejected
    assert world.query(
        "select x_provider_columns['x_ServiceCode'], x_provider_columns['x_UsageType'], BilledCost "
        "from finops_raw.focus order by billing_month"
    ) == [("AmazonEC2", "BoxUsage", Decimal("1.5")), ("AmazonEC2", None, Decimal("1.5"))]
    assert world.query("select format_version, unknown_columns from finops_raw.deliveries order by billing_month") == [
        ("1.0", '["x_CostCategories", "x_UsageType", "x_Discounts", "x_Operation", "x_ServiceCode"]'),
        ("1.2", '["x_Discounts", "x_Operation", "x_ServiceCode"]'),
    ]


def test_virtual_currencies_are_currencies_of_their_own(world: World) -> None:
    tokens = {**FOCUS_LINE, "BillingCurrency": "Tokens", "BilledCost": "900", "PricingCurrency": "Credits"}
    write_csv(world.source("focus") / "bill.csv", [{**tokens, "PricingCurrencyEffectiveCost": "3"}])
    assert not world.land().rejected
    assert world.query(
        "select BillingCurrency, BilledCost, PricingCurrency, PricingCurrencyEffectiveCost from finops_raw.focus"
    ) == [("Tokens", Decimal(900), "Credits", Decimal(3))]


def test_a_correction_of_an_older_charge_stays_in_the_bill_that_it_came_with(world: World) -> None:
    late = {**FOCUS_LINE, "ChargeClass": "Correction", "ChargePeriodStart": "2026-06-03", "BilledCost": "-1"}
    write_csv(world.source("focus") / "bill.csv", [{**FOCUS_LINE, "ChargeClass": None}, late])
    assert not world.land().rejected
    assert world.query(
        "select billing_month, ChargePeriodStart < timestamp '" + AUGUST[:10] + "', BilledCost "
        "from finops_raw.focus order by BilledCost"
    ) == [
        (dt.date(2026, 8, 1), True, Decimal(-1)),
        (dt.date(2026, 8, 1), False, Decimal("1.5")),
    ]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("zone", ["+02:00", "-07:00", "+14:00", "Z", "+05:30"])
def test_a_month_that_begins_in_another_zone_is_that_month(world: World, zone: str, suffix: str) -> None:
    """East of UTC, midnight of the 1st is still the last day of the month before."""
    begins = {"BillingPeriodStart": f"2026-08-01T00:00:00{zone}", "ChargePeriodStart": f"2026-08-01T00:00:00{zone}"}
    lines = [FOCUS_LINE | begins, FOCUS_LINE | {"BillingPeriodStart": f"2026-09-01T00:00:00{zone}"}]
    if suffix == "csv":
        write_csv(world.source("focus") / "bill.csv", lines)
    else:
        write_parquet(world.source("focus") / "bill.parquet", lines, dict.fromkeys(begins, "timestamptz"))
    assert not world.land().rejected
    rows = world.query("select billing_month, ChargePeriodStart from finops_raw.focus order by billing_month")
    assert [month for month, _ in rows] == [dt.date(2026, 8, 1), dt.date(2026, 9, 1)]
    instant = dt.datetime.fromisoformat(begins["ChargePeriodStart"]).astimezone(dt.UTC)
    assert rows[0][1] == instant.replace(tzinfo=None)
