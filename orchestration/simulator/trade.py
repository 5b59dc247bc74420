"""What Harbourline did with the cloud: orders, revenue, customers; releases, incidents, and hours spent on cost.

Belongs here: business metrics and the facts of engineering, as CSV rows. Does not belong here: costs and plans
(`plans`), and what is decided about cost (`decisions`). Nothing depends on the bills: the shop sells what it sells.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .dice import roll
from .periods import RENAME_AT, Month

METRIC_HEADER = (
    *("metric_id", "metric_name", "metric_unit", "scope_type", "scope_id", "period_grain", "period_start"),
    *("metric_value", "currency", "value_type", "aggregation"),
)
DELIVERY_HEADER = (
    *("software_delivery_id", "scope_type", "scope_id", "environment", "deployed_at", "first_commit_at"),
    *("feature_count", "is_failed", "restored_at", "reference_id"),
)
INCIDENT_HEADER = (
    *("incident_id", "incident_type", "scope_type", "scope_id", "severity", "cost_direction", "started_at"),
    *("detected_at", "acknowledged_at", "resolved_at", "downtime_minutes", "caused_by_id", "description"),
)
WORKLOG_HEADER = (
    *("worklog_id", "work_date", "team", "person_id", "activity", "hours", "hourly_cost", "currency"),
    *("recommendation_id", "reference_id", "description"),
)

_SHOP, _LUMEN, _PLUMELINE = ("company", "all"), "Lumen Language Models", "Plumeline Observability"
_PRODUCTS = ("storefront", "catalog", "payments-api", "app")
_ASSISTANT = ("product", "catalog")
_BASKET = 72
_FORGOTTEN_COUNT = 2
"""The month in which nobody counted the requests to the assistant."""
_METER_FAILED = 4
"""The month in which the vendor of language models had two bad days."""
_CARBON_TOLD_TO = 3
"""The first month that AWS has not told the carbon of yet: it takes three months."""
_SEASON = {11: 140, 12: 165, 1: 80, 2: 78}
_ACTIVITIES = ("optimization", "allocation", "reporting", "anomaly_response", "governance")


def metrics(months: list[Month], seed: int) -> Iterator[Sequence[object]]:
    """Give business metrics of every month to the last day that its bills know."""
    for month in months:
        days = list(_days(month))
        orders = {day: _orders(month, day, seed) for day in days}
        for day, count in orders.items():
            yield metric("orders", "orders", _SHOP, day, count, grain="day", how="sum")
        if not month.refreshes[-1].is_final:
            continue
        sold, start = sum(orders.values()), month.start.date()
        money = {"currency": "USD"}
        yield metric("revenue", "currency", _SHOP, start, sold * _BASKET, **money)
        yield metric("revenue", "currency", ("product", "storefront"), start, sold * _BASKET * 68 // 100, **money)
        yield metric("revenue", "currency", ("product", "app"), start, sold * _BASKET * 27 // 100, currency="EUR")
        yield metric("recurring_revenue", "currency", _SHOP, start, month.grown(158_000, 2), **money)
        yield metric("active_customers", "customers", _SHOP, start, month.grown(48_200, 1), how="average")
        target = month.grown(19_500, 3) * _SEASON.get(month.start.month, 100) // 100
        yield metric("orders", "orders", _SHOP, start, target, value_type="target", how="sum")
        team = ("team", NEW_TEAM_NAME if month.index >= RENAME_AT else RENAMED_TEAM)
        yield metric("sales_marketing_cost", "currency", team, start, month.grown(61_000, 1), **money)
        yield metric("new_customers", "customers", team, start, 2_300 + roll(400, seed, "new", start))
        calls = month.grown(1_150_000, 4) + roll(40_000, seed, "calls", start)
        yield metric("api_calls", "calls", ("provider", _LUMEN), start, calls)
        yield metric("inferences", "inferences", ("provider", _LUMEN), start, calls * 93 // 100)
        if month.index != _FORGOTTEN_COUNT:
            yield metric("ai_requests", "requests", ("product", "catalog"), start, calls * 31 // 100)
        yield from _people(month)
        yield from _vendors(month, calls, seed)


def _people(month: Month) -> Iterator[Sequence[object]]:
    """Give who reads cost reports and who learned about cost, as the BI tool and the training plan count them."""
    start = month.start.date()
    yield metric("cost_report_users", "people", _SHOP, start, 21 + 2 * month.index, how="last")
    yield metric("finops_people_to_train", "people", _SHOP, start, 46, how="last")
    yield metric("finops_people_trained", "people", _SHOP, start, 23 + 3 * (month.index // 2), how="last")
    if month.start.month % 3 == 0:
        yield metric("finops_courses_planned", "courses", _SHOP, start, 2)
        yield metric("finops_courses_offered", "courses", _SHOP, start, 2 if month.start.month % 2 else 1)


def _vendors(month: Month, calls: int, seed: int) -> Iterator[Sequence[object]]:
    """Give what vendors count beside their bills: seats, failed calls, the assistant's worth, and carbon, late."""
    start = month.start.date()
    seats = ("provider", _PLUMELINE)
    for name, value in (
        ("active_users", 82 + month.index),
        ("saas_users_active", 82 + month.index),
        ("saas_users_provisioned", 118),
        ("licenses_assigned", 118),
        ("licenses_purchased", 130),
    ):
        yield metric(name, "users", seats, start, value, how="last")
    failed = calls * (31 if month.index == _METER_FAILED else 7) // 1000
    yield metric("llm_calls", "calls", ("provider", _LUMEN), start, calls)
    yield metric("llm_calls_failed", "calls", ("provider", _LUMEN), start, failed + roll(900, seed, "failed", start))
    assistant = {"currency": "USD"}
    yield metric("ai_cost", "currency", _ASSISTANT, start, month.grown(4_100, 3), **assistant)
    yield metric("ai_benefit", "currency", _ASSISTANT, start, month.grown(4_600, 6), **assistant)
    yield metric("ai_benefit", "currency", _ASSISTANT, start, month.grown(5_500, 6), value_type="target", **assistant)
    if month.index < _CARBON_TOLD_TO:
        compute = month.grown(910, 2) + roll(60, seed, "carbon", start)
        yield metric("carbon_compute_kg", "kg CO2e", ("provider", "AWS"), start, compute)
        yield metric("carbon_kg", "kg CO2e", ("provider", "AWS"), start, compute * 137 // 100)


def software_deliveries(months: list[Month], seed: int) -> Iterator[Sequence[object]]:
    """Give the releases of four products."""
    for month, product, number in _each(months, "release", 7, 16, seed):
        at = _moment(month, seed, product, number)
        lead = timedelta(hours=9 + roll(150, seed, "lead", at, product))
        failed = roll(100, seed, "failed", at, product) < 7
        restored = at + timedelta(minutes=15 + roll(180, seed, "restored", at)) if failed else ""
        features = roll(4, seed, "features", at, product)
        key = f"{product}-{month.name}-{number:02d}"
        yield key, "product", product, "prod", at, at - lead, features, str(failed).lower(), restored, ""


def incidents(months: list[Month], seed: int) -> Iterator[Sequence[object]]:
    """Give the incidents of four products, and of what they run on."""
    for month, product, number in _each(months, "incident", 0, 3, seed, (*_PRODUCTS, "insights", "shared")):
        at = _moment(month, seed, "incident", product, number)
        minutes = 8 + roll(110, seed, "down", at)
        kind = ("outage", "degradation")[roll(2, seed, "kind", at)]
        steps = [at + timedelta(minutes=part) for part in (3, 9, minutes)]
        severity = ("medium", "high")[minutes > 60]
        yield (
            *(f"INC-{month.name}-{product}-{number}", kind, "product", product, severity, "", at, *steps),
            *(minutes if kind == "outage" else 0, _cause(month, product, number), ""),
        )


def _cause(month: Month, product: str, number: int) -> str:
    """Name the release that an incident is put down to, else a ticket; changes of cost caused none."""
    return f"{product}-{month.name}-{number:02d}" if product in _PRODUCTS else f"OPS-{month.name}-{product}-{number}"


def worklogs(months: list[Month], seed: int) -> Iterator[Sequence[object]]:
    """Give the hours that three teams spent on cost: fewer from month to month, as tools take over."""
    for month in months:
        for team, weekly in (("platform", 11), ("data", 7), ("checkout", 5)):
            for number, day in enumerate(list(_days(month))[1::7]):
                hours = max(2, weekly - (month.index + 7) // 2 + roll(3, seed, "hours", team, day))
                activity = _ACTIVITIES[roll(len(_ACTIVITIES), seed, "work", team, day)]
                key = f"W-{team}-{day}-{number}"
                yield key, day, team, f"{team}-1", activity, hours, 92, "USD", "", "", ""


def metric(
    metric_id: str,
    unit: str,
    scope: tuple[str, str],
    start: date,
    value: int,
    *,
    currency: str = "",
    grain: str = "month",
    value_type: str = "actual",
    how: str = "",
) -> Sequence[object]:
    """Give the row of a business metric."""
    name = metric_id.replace("_", " ").capitalize()
    return metric_id, name, unit, *scope, grain, start, value, currency, value_type, how


def _days(month: Month) -> Iterator[date]:
    """Days of the month that its newest refresh covers whole."""
    for number in range(month.refreshes[-1].hours // 24):
        yield month.start.date() + timedelta(days=number)


def _orders(month: Month, day: date, seed: int) -> int:
    weekend = 130 if day.weekday() >= 5 else 100
    base = month.grown(640, 2) * weekend * _SEASON.get(day.month, 100) // 10_000
    return base + roll(60, seed, "orders", day) - 30


def _each(
    months: list[Month], what: str, least: int, more: int, seed: int, products: tuple[str, ...] = _PRODUCTS
) -> Iterator[tuple[Month, str, int]]:
    for month in months:
        for product in products:
            for number in range(least + roll(more, seed, what, product, month.name)):
                yield month, product, number


def _moment(month: Month, seed: int, *names: object) -> datetime:
    minutes = month.refreshes[-1].hours * 60
    return month.start + timedelta(minutes=roll(minutes, seed, month.name, *names))
