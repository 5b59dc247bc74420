"""The facts of the business that can be landed, by the name that `sources.yml` uses as `format`.

Columns are described once, in `models/columns.md`. `python -m orchestration.formats.fact_reference` writes the
templates and the reference in `seeds/facts/` anew after a change here.
"""

from __future__ import annotations

from orchestration.formats.fact_base import (
    SCOPE_TYPES,
    Agreement,
    FactFormat,
    Jump,
    Opposites,
    Periods,
    Rule,
    Steady,
    may,
    must,
)

_SCOPE = (must("scope_type", "text", *SCOPE_TYPES), must("scope_id"))
_COMPANY = Rule("scope_id", "scope_type = 'company' and scope_id <> 'all'", "must be 'all' where scope_type is company")


def _after(later: str, earlier: str) -> Rule:
    """Say that one date or time must not lie before another."""
    return Rule(later, f"{later} < {earlier}", f"must not lie before {earlier}")


def _needs(column: str, other: str) -> Rule:
    """Say that one column means nothing without another."""
    return Rule(column, f"{column} is not null and {other} is null", f"must have a value in column '{other}' beside it")


INVOICES = FactFormat(
    name="invoices",
    title="invoices",
    grain="invoice, billing account, billing month and currency",
    columns=(
        must("invoice_issuer_name"),
        must("invoice_id"),
        may("billing_account_id"),
        must("billing_month", "month"),
        must("billing_currency", "currency"),
        must("untaxed_cost", "decimal"),
        may("tax_cost", "decimal"),
        may("credit_cost", "decimal"),
        may("total_cost", "decimal"),
        may("issue_date", "date"),
        may("due_date", "date"),
        may("payment_currency", "currency"),
        may("payment_cost", "decimal"),
        may("purchase_order_id"),
    ),
    key=("invoice_issuer_name", "invoice_id", "billing_account_id", "billing_month", "billing_currency"),
    rules=(
        Rule(
            "total_cost",
            "total_cost <> untaxed_cost + coalesce(tax_cost, 0)",
            "must be untaxed_cost and tax_cost added",
        ),
        Rule("credit_cost", "credit_cost > 0", "must be 0 or negative: a credit lowers the invoice"),
        _after("due_date", "issue_date"),
        _needs("payment_cost", "payment_currency"),
    ),
)

EXCHANGE_RATES = FactFormat(
    name="exchange_rates",
    title="exchange rates",
    grain="day and pair of currencies",
    columns=(
        must("rate_date", "date"),
        must("from_currency", "any_currency"),
        must("to_currency", "currency"),
        must("rate", "rate"),
        may("rate_source"),
    ),
    key=("rate_date", "from_currency", "to_currency"),
    rules=(
        Rule("rate", "rate <= 0", "must be greater than 0 (twelve decimals are kept)"),
        Rule(
            "to_currency",
            "from_currency = to_currency",
            "must not be from_currency too: a currency needs no rate to itself",
        ),
    ),
    jump=Jump(("from_currency", "to_currency"), "rate_date", "rate", 2),
    opposites=Opposites(("from_currency", "to_currency"), "rate_date", "rate", "0.1"),
)

BUDGETS = FactFormat(
    name="budgets",
    title="budgets",
    grain="version, scope, month and currency",
    columns=(
        must("budget_version", "text", "original", "current", "latest_estimate"),
        *_SCOPE,
        must("budget_month", "month"),
        must("currency", "currency"),
        must("budget_cost", "decimal"),
        may("cost_metric", "text", "billed_cost", "effective_cost"),
        may("budget_grain", "text", "month", "quarter", "year"),
        may("phasing", "text", "even", "working_days", "seasonal"),
        may("approved_by"),
        may("approved_date", "date"),
        may("note"),
    ),
    key=("budget_version", "scope_type", "scope_id", "budget_month", "currency"),
    rules=(_COMPANY, Rule("budget_cost", "budget_cost < 0", "must not be negative")),
)

BUSINESS_METRICS = FactFormat(
    name="business_metrics",
    title="business metrics",
    grain="metric, scope, day or month, kind of value and currency",
    columns=(
        must("metric_id"),
        may("metric_name"),
        must("metric_unit"),
        *_SCOPE,
        must("period_grain", "text", "day", "month"),
        must("period_start", "date"),
        must("metric_value", "decimal"),
        may("currency", "currency"),
        may("value_type", "text", "actual", "forecast", "target"),
        may("aggregation", "text", "sum", "average", "last"),
    ),
    key=("metric_id", "scope_type", "scope_id", "period_grain", "period_start", "currency", "value_type"),
    rules=(
        _COMPANY,
        Rule(
            "period_start",
            "period_grain = 'month' and extract(day from period_start) <> 1",
            "must be the first day of a month where period_grain is month",
        ),
        Rule(
            "metric_unit",
            "metric_unit = 'currency' and currency is null",
            "must have a value in column 'currency' beside it",
        ),
    ),
    agreements=(Agreement("metric_id", "metric_unit"), Agreement("metric_id", "aggregation")),
    steady=Steady(("metric_id", "scope_type", "scope_id", "currency", "value_type"), "period_grain", "period_start"),
)

PLANNED_CHANGES = FactFormat(
    name="planned_changes",
    title="planned changes",
    grain="planned change",
    columns=(
        must("change_id"),
        *_SCOPE,
        may("service_name"),
        must(
            "change_type",
            "text",
            "launch",
            "growth",
            "migration",
            "decommission",
            "optimization",
            "commitment",
            "price_change",
            "other",
        ),
        must("start_date", "date"),
        may("end_date", "date"),
        must("daily_change_cost", "decimal"),
        must("currency", "currency"),
        may("probability_share", "decimal"),
        may("change_status", "text", "planned", "approved", "done", "cancelled"),
        must("reason"),
        may("owner"),
    ),
    key=("change_id",),
    rules=(
        _COMPANY,
        Rule("end_date", "end_date <= start_date", "must be after start_date (end_date is exclusive)"),
        Rule("probability_share", "probability_share < 0 or probability_share > 1", "must lie between 0 and 1"),
    ),
)

FISCAL_CALENDAR = FactFormat(
    name="fiscal_calendar",
    title="fiscal calendar",
    grain="fiscal period",
    columns=(
        must("fiscal_year", "integer"),
        must("fiscal_quarter", "integer"),
        must("fiscal_period", "integer"),
        may("fiscal_period_name"),
        must("start_date", "date"),
        must("end_date", "date"),
    ),
    key=("fiscal_year", "fiscal_period"),
    rules=(
        Rule("fiscal_year", "fiscal_year < 1900 or fiscal_year > 2199", "must have four digits"),
        Rule("fiscal_quarter", "fiscal_quarter < 1 or fiscal_quarter > 4", "must lie between 1 and 4"),
        Rule("fiscal_period", "fiscal_period < 1 or fiscal_period > 53", "must lie between 1 and 53"),
    ),
    periods=Periods((), "start_date", "end_date", gaps_allowed=False),
)

OWNERSHIP_REGISTRY = FactFormat(
    name="ownership_registry",
    title="ownership registry",
    grain="scope, role and time",
    columns=(
        *_SCOPE,
        must("owner_role", "text", "cost_owner", "technical_owner", "approver"),
        must("owner"),
        may("owner_contact"),
        may("team"),
        may("cost_center"),
        may("business_unit"),
        may("valid_from", "date"),
        may("valid_to", "date"),
    ),
    key=("scope_type", "scope_id", "owner_role", "valid_from"),
    rules=(_COMPANY,),
    periods=Periods(("scope_type", "scope_id", "owner_role"), "valid_from", "valid_to"),
)

RECOMMENDATIONS = FactFormat(
    name="recommendations",
    title="recommendations",
    grain="provider and recommendation",
    columns=(
        must("recommendation_id"),
        must("service_provider_name"),
        may("sub_account_id"),
        may("service_name"),
        may("region_id"),
        may("resource_id"),
        must(
            "recommendation_type",
            "text",
            "rightsize",
            "terminate",
            "schedule",
            "upgrade",
            "storage_tier",
            "commitment",
            "spot",
            "architecture",
            "other",
        ),
        may("description"),
        must("estimated_monthly_savings_cost", "decimal"),
        may("realized_monthly_savings_cost", "decimal"),
        must("currency", "currency"),
        must("recommendation_status", "text", "open", "accepted", "implemented", "verified", "rejected", "expired"),
        must("identified_date", "date"),
        may("reviewed_date", "date"),
        may("decided_date", "date"),
        may("implemented_date", "date"),
        may("verified_date", "date"),
        may("effort", "text", "low", "medium", "high"),
        may("risk", "text", "low", "medium", "high"),
        may("owner"),
        may("is_automated", "boolean"),
        may("link_channel", "text", "ci_cd", "iac_review", "backlog"),
        may("link_url"),
    ),
    key=("service_provider_name", "recommendation_id"),
    rules=(
        *(_after(name, "identified_date") for name in ("reviewed_date", "decided_date", "implemented_date")),
        _after("verified_date", "implemented_date"),
        Rule(
            "recommendation_status",
            "recommendation_status in ('implemented', 'verified') and implemented_date is null",
            "must have a value in column 'implemented_date' beside it",
        ),
        _needs("link_url", "link_channel"),
    ),
)

WORKLOGS = FactFormat(
    name="worklogs",
    title="worklogs",
    grain="piece of work on cloud cost",
    columns=(
        must("worklog_id"),
        must("work_date", "date"),
        must("team"),
        may("person_id"),
        must(
            "activity",
            "text",
            "allocation",
            "optimization",
            "reporting",
            "forecasting",
            "anomaly_response",
            "governance",
            "training",
            "other",
        ),
        must("hours", "decimal"),
        may("hourly_cost", "decimal"),
        may("currency", "currency"),
        may("recommendation_id"),
        may("reference_id"),
        may("description"),
    ),
    key=("worklog_id",),
    rules=(
        Rule("hours", "hours <= 0 or hours > 24", "must be greater than 0 and at most 24: one person, one day"),
        Rule("hourly_cost", "hourly_cost < 0", "must not be negative"),
        _needs("hourly_cost", "currency"),
    ),
)

INCIDENTS = FactFormat(
    name="incidents",
    title="incidents",
    grain="incident",
    columns=(
        must("incident_id"),
        must("incident_type", "text", "outage", "degradation", "security", "cost_anomaly", "other"),
        *_SCOPE,
        may("severity", "text", "critical", "high", "medium", "low"),
        may("cost_direction", "text", "up", "down"),
        must("started_at", "timestamp"),
        may("detected_at", "timestamp"),
        may("acknowledged_at", "timestamp"),
        may("resolved_at", "timestamp"),
        may("downtime_minutes", "decimal"),
        may("caused_by_id"),
        may("description"),
    ),
    key=("incident_id",),
    rules=(
        _COMPANY,
        *(_after(name, "started_at") for name in ("detected_at", "acknowledged_at", "resolved_at")),
        Rule("downtime_minutes", "downtime_minutes < 0", "must not be negative"),
    ),
)

SOFTWARE_DELIVERIES = FactFormat(
    name="software_deliveries",
    title="software deliveries",
    grain="deployment to an environment",
    columns=(
        must("software_delivery_id"),
        *_SCOPE,
        may("environment"),
        must("deployed_at", "timestamp"),
        may("first_commit_at", "timestamp"),
        may("feature_count", "integer"),
        may("is_failed", "boolean"),
        may("restored_at", "timestamp"),
        may("reference_id"),
    ),
    key=("software_delivery_id",),
    rules=(
        _COMPANY,
        _after("deployed_at", "first_commit_at"),
        _after("restored_at", "deployed_at"),
        Rule("feature_count", "feature_count < 0", "must not be negative"),
    ),
)

APPROVALS = FactFormat(
    name="approvals",
    title="approvals",
    grain="request for an approval",
    columns=(
        must("request_id"),
        must(
            "request_type",
            "text",
            "resource",
            "budget",
            "commitment",
            "recommendation",
            "automation",
            "planned_change",
            "exception",
        ),
        *_SCOPE,
        may("subject_id"),
        may("requested_by"),
        must("requested_at", "timestamp"),
        may("estimated_monthly_cost", "decimal"),
        may("currency", "currency"),
        may("decision", "text", "approved", "rejected", "withdrawn"),
        may("decided_at", "timestamp"),
        may("approver"),
        may("reason"),
    ),
    key=("request_id",),
    rules=(
        _COMPANY,
        _after("decided_at", "requested_at"),
        _needs("decision", "decided_at"),
        Rule(
            "decision",
            "decision in ('approved', 'rejected') and approver is null",
            "must have a value in column 'approver' beside it",
        ),
        _needs("estimated_monthly_cost", "currency"),
    ),
)

FACTS: dict[str, FactFormat] = {
    fact.name: fact
    for fact in (
        INVOICES,
        EXCHANGE_RATES,
        BUDGETS,
        BUSINESS_METRICS,
        PLANNED_CHANGES,
        FISCAL_CALENDAR,
        OWNERSHIP_REGISTRY,
        RECOMMENDATIONS,
        WORKLOGS,
        INCIDENTS,
        SOFTWARE_DELIVERIES,
        APPROVALS,
    )
}
