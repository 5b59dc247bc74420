"""Why a cost changed: parts that are the whole change, whatever the bill, and each answers to its own cause alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .bill import FORMER, MONTH, PARTS, Bill, Charge, bridges, compile_bridges

if TYPE_CHECKING:
    from tests.python.bigquery.compiled import Node

# what nine decimals of one product may leave
TINY = Decimal("0.00000001")
END = date(2026, 2, 28)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Node]:
    """Compile the models once."""
    return compile_bridges(tmp_path_factory.mktemp("bridges"))


def month_of(charge: Charge) -> date:
    """Name the month of the books."""
    return charge.posted_month or charge.charge_date.replace(day=1)


def of_company(found: list[dict[str, Any]], currency: str = "USD") -> dict[str, Any]:
    """Pick the one bridge of the whole company."""
    (bridge,) = [row for row in found if row["scope_type"] == "company" and row["currency"] == currency]
    return bridge


def parts_of(bridge: dict[str, Any]) -> dict[str, Decimal]:
    """List the parts that are more than what rounding leaves."""
    parts = {part: bridge[f"{part}_change_cost"] for part in PARTS}
    return {part: cost for part, cost in parts.items() if abs(cost) > TINY}


money = st.decimals(-1000, 100000, places=9)
quantities = st.one_of(st.none(), st.decimals(0, 10**6, places=6))
days = st.sampled_from([FORMER, date(2026, 1, 31), MONTH, date(2026, 2, 10), END])
charges = st.builds(
    Charge,
    charge_date=days,
    effective_cost=money,
    pricing_quantity=quantities,
    sku_id=st.sampled_from([None, "small", "large"]),
    service_name=st.sampled_from(["Servers", "Storage"]),
    team=st.sampled_from(["checkout", "search", "growth"]),
    charge_category=st.sampled_from(["Usage", "Usage", "Usage", "Credit", "Tax", "Purchase"]),
    commitment_discount_status=st.sampled_from([None, None, "Used", "Unused"]),
    contracted_cost=st.one_of(st.none(), money),
    billing_currency=st.sampled_from(["USD", "EUR"]),
    charge_class=st.sampled_from([None, None, None, "Correction"]),
    posted_month=st.sampled_from([None, None, None, MONTH]),
    pricing_unit=st.sampled_from(["Hours", "GB"]),
    resource_id=st.sampled_from([None, "i-1", "i-2"]),
)
rates = st.fixed_dictionaries({"EUR": st.decimals("0.5", 2, places=12), "USD": st.just(Decimal(1))})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(charges, min_size=1, max_size=12),
    both_rates=st.one_of(st.none(), st.tuples(rates, rates)),
    renamed=st.booleans(),
)
def test_the_parts_are_the_whole_change_of_any_bill(
    models: list[Node], lines: list[Charge], both_rates: tuple[dict, dict] | None, *, renamed: bool
) -> None:
    whole = [*lines, *(Charge(day, Decimal(1), Decimal(1), "small") for day in (FORMER, date(2026, 1, 31), END))]
    bill = Bill(whole, {"growth": (MONTH, "customer-growth")} if renamed else {})
    if both_rates:
        bill.rates = dict(zip((FORMER, MONTH), both_rates, strict=True))
    found = bridges(models, bill)

    for bridge in found:
        assert not bridge["is_partial"]
        assert sum(bridge[f"{part}_change_cost"] for part in PARTS) == bridge["change_cost"], bridge
        assert bridge["effective_cost"] - bridge["former_effective_cost"] == bridge["change_cost"]

    books: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for charge in whole:
        rate = bill.rates[charge.charge_date.replace(day=1)][charge.billing_currency] if bill.rates else Decimal(1)
        currency = "USD" if bill.rates else charge.billing_currency
        books[currency, month_of(charge)] += rounded(charge.effective_cost * rate)
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for bridge in found:
        total = sums[bridge["scope_type"], bridge["currency"]]
        total[0] += bridge["former_effective_cost"]
        total[1] += bridge["effective_cost"]
        total[2] += bridge["ownership_change_cost"]
    for (scope_type, currency), (former, current, moved) in sums.items():
        assert former == books[currency, FORMER], scope_type
        assert current == books[currency, MONTH], scope_type
        assert abs(moved) <= TINY, scope_type


def rounded(amount: Decimal) -> Decimal:
    """Round to nine decimals, half away from zero."""
    return amount.quantize(Decimal("0.000000001"), rounding="ROUND_HALF_UP")


usages = st.lists(
    st.tuples(st.sampled_from(["small", "large"]), st.integers(1, 10**6), st.integers(1, 10**4)),
    min_size=1,
    max_size=4,
    unique_by=lambda usage: usage[0],
)


def usage(day: date, rows: list[tuple[str, int, int]], factor: int = 1, rise: int = 0, **more: Any) -> list[Charge]:  # noqa: ANN401
    """Charges of SKUs: quantity times price in ten-thousandths."""
    return [
        Charge(day, Decimal(quantity * factor) * Decimal(price + rise) / 10**4, Decimal(quantity * factor), sku, **more)
        for sku, quantity, price in rows
    ]


few = settings(max_examples=8, deadline=None)


@few
@given(rows=usages, factor=st.integers(2, 9))
def test_more_of_everything_is_volume_alone(models: list[Node], rows: list, factor: int) -> None:
    found = of_company(bridges(models, Bill([*usage(FORMER, rows), *usage(END, rows, factor)])))
    assert set(parts_of(found)) == {"volume"}


@few
@given(rows=usages, rise=st.integers(1, 10**4))
def test_dearer_prices_are_price_alone(models: list[Node], rows: list, rise: int) -> None:
    found = of_company(bridges(models, Bill([*usage(FORMER, rows), *usage(END, rows, rise=rise)])))
    assert set(parts_of(found)) == {"price"}


@few
@given(rows=usages, former=st.decimals("0.5", 2, places=12), now=st.decimals("0.5", 2, places=12))
def test_the_same_usage_at_another_exchange_rate_has_no_usage_variance(
    models: list[Node], rows: list, former: Decimal, now: Decimal
) -> None:
    lines = [*usage(FORMER, rows, billing_currency="EUR"), *usage(END, rows, billing_currency="EUR")]
    bill = Bill(lines, rates={FORMER: {"EUR": former}, MONTH: {"EUR": now}})
    found = of_company(bridges(models, bill))
    assert set(parts_of(found)) <= {"fx"}
    assert found["fx_change_cost"] == found["change_cost"]


@few
@given(rows=usages)
def test_a_renamed_team_has_neither_grown_nor_gone(models: list[Node], rows: list) -> None:
    lines = [*usage(FORMER, rows, team="growth"), *usage(END, rows, team="growth")]
    found = bridges(models, Bill(lines, {"growth": (MONTH, "customer-growth")}))
    teams = {row["scope_id"]: parts_of(row) for row in found if row["scope_type"] == "team"}
    cost = sum(charge.effective_cost for charge in usage(FORMER, rows))
    assert teams == {"growth": {"ownership": -cost}, "customer-growth": {"ownership": cost}}
    assert parts_of(of_company(found)) == {}


def test_a_shift_between_skus_is_mix_and_a_first_service_is_new(models: list[Node]) -> None:
    lines = [
        *usage(FORMER, [("small", 10, 10000), ("large", 10, 30000)]),
        *usage(END, [("small", 5, 10000), ("large", 15, 30000)]),
        *usage(END, [("small", 7, 10000)], service_name="Storage"),
    ]
    assert parts_of(of_company(bridges(models, Bill(lines)))) == {"mix": Decimal(10), "new_service": Decimal(7)}


def test_a_unit_that_comes_or_goes_inside_of_a_service_is_new_or_gone_usage(models: list[Node]) -> None:
    hours = [*usage(FORMER, [("small", 10, 10000)]), *usage(END, [("small", 10, 10000)])]
    disk = Charge(END, Decimal(6), Decimal(3), "disk", pricing_unit="GB")
    came = of_company(bridges(models, Bill([*hours, disk])))
    gone = of_company(bridges(models, Bill([*hours, replace(disk, charge_date=FORMER)])))
    assert (parts_of(came), parts_of(gone)) == ({"new_usage": Decimal(6)}, {"gone_usage": Decimal(-6)})


def test_coverage_is_the_commitments_doing(models: list[Node]) -> None:
    covered = Charge(
        END, Decimal(6), Decimal(10), "small", commitment_discount_status="Used", contracted_cost=Decimal(10)
    )
    unused = Charge(END, Decimal(3), None, None, commitment_discount_status="Unused", contracted_cost=Decimal(0))
    found = of_company(bridges(models, Bill([*usage(FORMER, [("small", 10, 10000)]), covered, unused])))
    assert parts_of(found) == {"commitment": Decimal(-1)}


def test_an_open_month_is_held_against_the_same_days(models: list[Node]) -> None:
    lines = [
        Charge(day, Decimal(1), Decimal(1), "small")
        for day in (date(2026, 1, 3), date(2026, 1, 20), date(2026, 2, 2), date(2026, 2, 10))
    ]
    found = of_company(bridges(models, Bill(lines)))
    assert found["is_partial"]
    assert (found["former_effective_cost"], found["effective_cost"]) == (1, 2)
    assert parts_of(found) == {"volume": Decimal(1)}


def test_what_belongs_to_another_month_is_restatement(models: list[Node]) -> None:
    late = Charge(date(2026, 1, 31), Decimal(4), Decimal(4), "small", posted_month=MONTH)
    lines = [*usage(FORMER, [("small", 10, 10000)]), *usage(END, [("small", 10, 10000)]), late]
    assert parts_of(of_company(bridges(models, Bill(lines)))) == {"restatement": Decimal(4)}


def test_a_month_that_has_only_begun_with_what_belongs_to_another_is_no_end_of_usage(models: list[Node]) -> None:
    late = Charge(date(2026, 1, 31), Decimal(4), Decimal(4), "small", posted_month=MONTH)
    found = of_company(bridges(models, Bill([*usage(FORMER, [("small", 10, 10000)]), late])))
    assert found["is_partial"]
    assert parts_of(found) == {"restatement": Decimal(4)}


def test_a_month_of_fees_alone_is_compared_once_another_has_followed(models: list[Node]) -> None:
    fee = Charge(MONTH, Decimal(3), charge_category="Purchase")
    lines = [*usage(FORMER, [("small", 10, 10000)]), fee, *usage(date(2026, 3, 31), [("small", 10, 10000)])]
    found = [row for row in bridges(models, Bill(lines)) if row["scope_type"] == "company"]
    whole = Decimal(10)
    assert {row["period_month"]: parts_of(row) for row in found} == {
        MONTH: {"gone_service": -whole, "one_time": Decimal(3)},
        date(2026, 3, 1): {"new_service": whole, "one_time": Decimal(-3)},
    }


def test_a_scope_without_cost_for_a_month_has_gone_and_come_again(models: list[Node]) -> None:
    lines = [
        *(charge for day in (FORMER, END, date(2026, 3, 31)) for charge in usage(day, [("small", 10, 10000)])),
        *usage(FORMER, [("small", 5, 10000)], team="search", service_name="Storage"),
        *usage(date(2026, 3, 31), [("small", 5, 10000)], team="search", service_name="Storage"),
    ]
    found = bridges(models, Bill(lines))
    search = {row["period_month"]: parts_of(row) for row in found if row["scope_id"] == "search"}
    assert search == {MONTH: {"gone_service": Decimal(-5)}, date(2026, 3, 1): {"new_service": Decimal(5)}}


@pytest.mark.parametrize("days", [[END], [FORMER, date(2026, 3, 31)]], ids=["one day of history", "a month in between"])
def test_what_has_no_month_before_is_compared_with_nothing(models: list[Node], days: list[date]) -> None:
    assert bridges(models, Bill([charge for day in days for charge in usage(day, [("small", 10, 10000)])])) == []
