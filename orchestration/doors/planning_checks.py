"""What must be true of the published plans, forecasts, anomalies, bridges and alerts before anybody sees them.

Belongs here: the same as in ``publication_checks``, for the relations that look ahead or explain.
"""

from __future__ import annotations

from itertools import pairwise

from orchestration.doors.checks import Check

COLUMNS: dict[str, str] = {
    "budget_vs_actual": "budget_version scope_type scope_id budget_month currency cost_metric month_state budget_cost "
    "actual_cost over_budget_cost budget_state consecutive_months_over landing_cost",
    "month_end_landings": "scope_type scope_id currency cost_metric landing_month as_of_date so_far_cost landing_cost "
    "landing_low_cost landing_high_cost",
    "unit_economics_monthly": "metric_id scope_type scope_id metric_month currency metric_value effective_cost "
    "unit_cost change_cost volume_cost efficiency_cost status",
    "forecast_daily": "scope_type scope_id currency charge_date expected_cost lower_80_cost upper_80_cost "
    "lower_95_cost upper_95_cost",
    "forecast_monthly": "scope_type scope_id currency charge_month lead_months forecast_status expected_cost "
    "lower_80_cost upper_80_cost lower_95_cost upper_95_cost",
    "anomalies": "anomaly_id scope_type scope_id currency anomaly_kind onset_date flagged_date last_date severity "
    "expected_cost actual_cost impact_cost told_by_id detected_at",
    "cost_bridge_monthly": "comparison period_month scope_type scope_id currency former_effective_cost effective_cost "
    "change_cost",
    "cost_movers": "comparison period_month scope_type scope_id currency mover_rank service_name change_cost "
    "change_reason",
    "alerts": "alert_id alert_kind severity alert_state scope_type scope_id owner title message link_query",
}
NEVER_NULL: dict[str, str] = {
    "budget_vs_actual": "budget_version scope_type scope_id budget_month cost_metric budget_cost",
    "forecast_daily": "scope_type scope_id currency charge_date expected_cost",
    "forecast_monthly": "scope_type scope_id currency charge_month",
    "anomalies": "anomaly_id scope_type scope_id currency anomaly_kind onset_date severity expected_cost actual_cost",
    "cost_bridge_monthly": "comparison period_month scope_type scope_id currency change_cost",
    "alerts": "alert_id alert_kind severity alert_state title",
}

_RISING = ("lower_95_cost", "lower_80_cost", "expected_cost", "upper_80_cost", "upper_95_cost")
_ALL_PARTS = (
    "volume_change_cost + price_change_cost + mix_change_cost + new_usage_change_cost + gone_usage_change_cost "
    "+ unclassified_change_cost + new_service_change_cost + gone_service_change_cost + commitment_change_cost "
    "+ credit_change_cost + one_time_change_cost + restatement_change_cost + ownership_change_cost + fx_change_cost"
)

CHECKS: tuple[Check, ...] = (
    Check(
        "over_is_the_difference",
        "budget_vs_actual",
        "What a budget is over is its actual less its planned cost",
        "select *, over_budget_cost - (actual_cost - budget_cost) as difference from {batch} "
        "where over_budget_cost <> actual_cost - budget_cost",
    ),
    Check(
        "range_holds_the_landing",
        "month_end_landings",
        "A month lands within its range",
        "select *, landing_cost as money from {batch} "
        "where not (landing_low_cost <= landing_cost and landing_cost <= landing_high_cost)",
    ),
    Check(
        "growth_adds_up",
        "unit_economics_monthly",
        "The growth of a cost is what volume and what efficiency brought",
        "select *, change_cost - volume_cost - efficiency_cost as difference from {batch} "
        "where change_cost <> volume_cost + efficiency_cost",
    ),
    *(
        Check(
            "intervals_hold_the_expected",
            relation,
            "The expected cost lies in its 80 % interval, and that in the one of 95 %",
            f"select *, expected_cost as money from {{batch}} where "
            f"{' or '.join(f'{low} > {high}' for low, high in pairwise(_RISING))}",
        )
        for relation in ("forecast_daily", "forecast_monthly")
    ),
    *(
        Check(
            "scopes_add_up",
            relation,
            "Forecasts of teams, services and all other sides add up to that of the company",
            f"with sides as (select scope_type, currency, {period}, sum(expected_cost) as expected_cost "
            f"from {{batch}} group by all) select sides.*, sides.expected_cost - company.expected_cost as difference "
            f"from sides join sides as company using (currency, {period}) where company.scope_type = 'company' "
            "and sides.expected_cost <> company.expected_cost",
        )
        for relation, period in (("forecast_daily", "charge_date"), ("forecast_monthly", "charge_month"))
    ),
    Check(
        "told_once",
        "anomalies",
        "An anomaly is told by itself, or by one that is told",
        "with a as (select * from {batch}) select * from a where told_by_id is not null and not exists "
        "(select 1 from a as told where told.anomaly_id = a.told_by_id and told.told_by_id is null)",
    ),
    Check(
        "days_in_order",
        "anomalies",
        "An anomaly is flagged from its first day on",
        "select *, impact_cost as money from {batch} where flagged_date < onset_date or last_date < onset_date",
    ),
    Check(
        "parts_add_up",
        "cost_bridge_monthly",
        "The parts of a change add up to it, and it is the difference of the two costs",
        f"select *, change_cost - ({_ALL_PARTS}) as difference from {{batch}} where difference <> 0 "
        "or change_cost <> effective_cost - former_effective_cost",
    ),
    Check(
        "mover_has_its_bridge",
        "cost_movers",
        "What moved a cost most belongs to a bridge of that scope and month",
        "select movers.*, movers.change_cost as money from {batch} as movers anti join cost_bridge_monthly "
        "using (comparison, period_month, scope_type, scope_id, currency)",
    ),
    Check(
        "alert_once",
        "alerts",
        "An alert stands once",
        "select alert_id, count(*) as times from {batch} group by alert_id having times > 1",
    ),
)
