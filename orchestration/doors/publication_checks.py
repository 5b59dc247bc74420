"""What must be true of the published relations before anybody sees them: columns, and rows that must not exist.

Belongs here: the expectations as data, each with the words a person reads. ``back`` runs them. Only small relations
are read row by row; the line level is summed elsewhere (``orchestration.last_hop``). A rule that a company may want
otherwise, or that an odd but true bill can break, is a warning: a blocked publication must mean wrong numbers.
"""

from __future__ import annotations

from orchestration.doors.checks import Check

# Columns that readers rely on, and which of them are never null. Further columns are welcome.
COLUMNS: dict[str, str] = {
    "focus_cost_and_usage": "BilledCost EffectiveCost ListCost ContractedCost BillingCurrency BillingPeriodStart "
    "ChargePeriodStart ChargePeriodEnd ChargeCategory ServiceName x_source_name x_billing_month",
    "cost_daily": "source_name service_provider_name billing_account_id sub_account_id service_name service_category "
    "region_id charge_category charge_date billing_month posted_month billing_currency team product environment "
    "cost_center billed_cost effective_cost contracted_cost list_cost line_count",
    "cost_amortized_monthly": "source_name service_provider_name posted_month charge_month billing_currency "
    "billed_cost effective_cost",
    "showback_monthly": "source_name posted_month charge_month billing_currency team product environment cost_center "
    "billed_cost effective_cost",
    "commitments_daily": "source_name commitment_discount_id charge_date posted_month billing_currency used_cost "
    "unused_cost",
    "kpi_values": "kpi_id variant definition_version scope_type scope_id period_grain period_start currency numerator "
    "denominator value unit target status status_reason as_of",
    "kpi_catalog": "kpi_id variant definition_version library_number capability name definition formula unit direction "
    "scopes inputs model waits_for target is_fraction is_headline owner_persona source kpi_state value_count",
    "kpi_history": "vintage_id known_start known_end kpi_id variant scope_type scope_id period_grain period_start "
    "currency definition_version numerator denominator value status",
    "kpi_baselines": "baseline_id kpi_id variant scope_type scope_id currency baseline_month baseline_value "
    "period_start value improvement_value normalized_improvement_value frozen_at frozen_by freeze_reason",
    "maturity_scorecard": "capability scope_type scope_id currency maturity_level maturity_score kpi_id variant value "
    "next_threshold next_step stake_cost gap_rank",
    "maturity_evidence": "capability kpi_id variant scope_type scope_id currency evidence_state value maturity_level "
    "next_threshold next_step stake_cost",
    "reconciliation": "source_name billing_month billing_currency delivery_id delivered_cost residue_cost raw_cost "
    "unbilled_cost normalized_cost daily_cost allocated_cost published_cost",
    "load_ledger": "source_name billing_month delivery_id state is_bill loaded_at row_count message",
    "kubernetes_allocations_daily": "source_name cluster_name namespace pod usage_date cpu_core_hours ram_byte_hours "
    "estimated_total_cost",
    "restatements": "source_name billing_month delivery_id former_delivery_id billing_currency service_name",
    "period_closes": "source_name billing_month state delivery_id closed_publication_id closed_at closed_by "
    "close_reason reopened_at",
    "totals_as_published": "vintage_id known_start known_end relation_name measure source_name posted_month value",
    "cost_reporting_monthly": "source_name posted_month charge_month billing_currency reporting_currency "
    "effective_cost reporting_effective_cost fx_effect_cost",
    "reporting_rates": "source_name billing_account_id billing_month billing_currency invoice_id charge_date "
    "reporting_currency rate_date exchange_rate",
    "missing_rates": "source_name billing_month billing_currency reporting_currency first_missing_date missing_days",
    "invoice_reconciliation": "invoice_issuer_name invoice_id billing_month billing_currency invoiced_cost billed_cost "
    "difference_cost unexplained_cost state",
    "focus_conformance": "source_name billing_month side requirement_id column_name level checked_rows violating_rows "
    "example reason reason_count",
    "schema_drift": "source_name billing_month delivery_id former_delivery_id column_change column_name former_type "
    "new_type likely_renamed_from",
}
NEVER_NULL: dict[str, str] = {
    "cost_daily": "source_name charge_date billing_month posted_month billing_currency billed_cost effective_cost",
    "cost_amortized_monthly": "source_name posted_month charge_month billing_currency billed_cost effective_cost",
    "showback_monthly": "source_name posted_month charge_month billing_currency billed_cost effective_cost",
    "commitments_daily": "source_name commitment_discount_id charge_date billing_currency",
    "kpi_values": "kpi_id variant scope_type scope_id period_grain period_start as_of",
    "reconciliation": "source_name billing_month billing_currency delivery_id delivered_cost published_cost",
    "load_ledger": "source_name delivery_id state is_bill",
    "focus_conformance": "source_name billing_month side requirement_id level checked_rows violating_rows",
    "schema_drift": "source_name delivery_id former_delivery_id column_change column_name",
    "kubernetes_allocations_daily": "source_name cluster_name usage_date cpu_core_hours ram_byte_hours",
}
NEVER_EMPTY = ("focus_cost_and_usage", "cost_daily", "kpi_values", "kpi_catalog", "reconciliation", "load_ledger")
LINE_LEVEL = "focus_cost_and_usage"

_OWNERS = ("team", "product", "environment", "cost_center")
_NO_OWNER = " or ".join(f"coalesce(trim({name}), '') = ''" for name in _OWNERS)


def _same_totals(relation: str, other: str, keys: str, figure: str, other_figure: str | None = None) -> Check:
    """Two relations tell the same sum per key; ``keys`` are columns of both."""
    names = keys.split()
    match = " and ".join(f"mine.{name} is not distinct from theirs.{name}" for name in names)
    return Check(
        f"{figure}_as_in_{other}",
        relation,
        f"Sums of {figure} are those of {other}, per {', '.join(name.replace('_', ' ') for name in names)}",
        f"select {', '.join(f'coalesce(mine.{name}, theirs.{name}) as {name}' for name in names)}, "
        f"mine.total as here, theirs.total as there, coalesce(mine.total, 0) - coalesce(theirs.total, 0) as difference "
        f"from (select {', '.join(names)}, sum({figure}) as total from {{batch}} group by all) as mine "
        f"full join (select {', '.join(names)}, sum({other_figure or figure}) as total from {other} group by all) "
        f"as theirs on {match} where mine.total is distinct from theirs.total "
        "and coalesce(mine.total, 0) <> coalesce(theirs.total, 0)",
        advice="Money was lost or doubled between the two.",
    )


# Totals of closed months: those known when the month was closed, and those known now.
_OF_CLOSED_MONTHS = (
    "select totals.*, known_end is null as is_known_now, vintage_id <= closed_publication_id and (known_end is null "
    "or known_end > closed_at) as was_known_then from {batch} as totals join period_closes as closes "
    "on totals.source_name = closes.source_name and totals.posted_month = closes.billing_month "
    "where closes.state = 'closed'"
)
_BY_BOOK_MONTH = "source_name posted_month billing_currency"
_BY_BILL = "source_name billing_month billing_currency"

CHECKS: tuple[Check, ...] = (
    *(
        Check(
            "owner_present",
            relation,
            "Every row has a team, product, environment and cost center, or says Unallocated",
            f"select * from {{batch}} where {_NO_OWNER}",
        )
        for relation in ("cost_daily", "showback_monthly")
    ),
    *(
        Check(
            "currency_code",
            relation,
            "Currencies are three-letter codes or names of virtual currencies",
            "select * from {batch} where not regexp_full_match(coalesce(billing_currency, ''), "
            "'[A-Z][A-Z][A-Z]|[A-Za-z][A-Za-z0-9 _-][A-Za-z0-9 _-][A-Za-z0-9 _-]+')",
        )
        for relation in ("cost_daily", "cost_amortized_monthly", "showback_monthly", "commitments_daily")
    ),
    *(
        Check(
            "month_is_first_day",
            relation,
            "Months are written as their first day",
            "select * from {batch} where extract('day' from posted_month) <> 1",
        )
        for relation in ("cost_daily", "cost_amortized_monthly", "showback_monthly")
    ),
    Check(
        "months_continuous",
        "cost_daily",
        "No month is missing between the first and the last of a source",
        "with had as (select distinct source_name, billing_month from {batch}), wanted as (select source_name, "
        "cast(unnest(generate_series(min(billing_month), max(billing_month), interval 1 month)) as date) "
        "as billing_month from had group by source_name) select * from wanted anti join had "
        "using (source_name, billing_month)",
        "warning",
        "Was the export of that month removed, or is it really empty?",
    ),
    Check(
        "charged_near_the_bill",
        "cost_daily",
        "Charges lie within thirteen months before and one month after the month of their bill",
        "select * from {batch} where charge_date < billing_month - interval 13 month "
        "or charge_date >= billing_month + interval 2 month",
        "warning",
        "Corrections of old charges are normal in small numbers.",
    ),
    Check(
        "effective_near_billed",
        "cost_daily",
        "Effective cost is between half and twice the billed cost, by source, month and currency",
        "select source_name, billing_month, billing_currency, sum(billed_cost) as billed_cost, "
        "sum(effective_cost) as effective_cost, sum(effective_cost) - sum(billed_cost) as difference from {batch} "
        "group by source_name, billing_month, billing_currency having abs(difference) > 1 "
        "and (sum(effective_cost) < 0.5 * sum(billed_cost) or sum(effective_cost) > 2 * sum(billed_cost))",
        "warning",
        "A large prepayment in that month explains it; if there was none, look at how the source fills EffectiveCost.",
    ),
    Check(
        "effective_not_rounded",
        "cost_daily",
        "Effective costs have cents where billed costs have cents, by source and provider",
        "select source_name, service_provider_name, billing_currency, sum(billed_cost) as billed_cost, "
        "sum(effective_cost) as effective_cost, sum(effective_cost) - sum(billed_cost) as difference from {batch} "
        "group by source_name, service_provider_name, billing_currency "
        "having count(*) filter (billed_cost <> round(billed_cost)) >= 5 and difference <> 0 "
        "and count(*) filter (effective_cost <> round(effective_cost)) = 0",
        "warning",
        "All effective costs of that provider are whole numbers: whoever wrote the export rounded them. Billed cost "
        "is exact; do not trust effective cost, savings and amortized figures of that provider.",
    ),
    _same_totals("cost_amortized_monthly", "cost_daily", _BY_BOOK_MONTH, "billed_cost"),
    _same_totals("cost_amortized_monthly", "cost_daily", _BY_BOOK_MONTH, "effective_cost"),
    _same_totals("showback_monthly", "cost_daily", _BY_BOOK_MONTH, "billed_cost"),
    _same_totals("showback_monthly", "cost_daily", _BY_BOOK_MONTH, "effective_cost"),
    _same_totals("reconciliation", "cost_daily", _BY_BILL, "published_cost", "billed_cost"),
    Check(
        "latest_is_shown",
        "totals_as_published",
        "What is known now of the daily cost is what cost_daily shows, by source, month and currency",
        "with known as (select source_name, posted_month, billing_currency, sum(value) as total from {batch} "
        "where relation_name = 'cost_daily' and measure = 'billed_cost' and known_end is null group by all), shown as "
        "(select source_name, posted_month, billing_currency, sum(billed_cost) as total from cost_daily group by all) "
        "select coalesce(known.source_name, shown.source_name) as source_name, coalesce(known.posted_month, "
        "shown.posted_month) as posted_month, coalesce(known.total, 0) - coalesce(shown.total, 0) as difference "
        "from known full join shown on known.source_name = shown.source_name and known.posted_month = "
        "shown.posted_month and known.billing_currency is not distinct from shown.billing_currency "
        "where coalesce(known.total, 0) <> coalesce(shown.total, 0)",
        advice="The vintages in the state folder do not belong to this home.",
    ),
    Check(
        "closed_months_stand",
        "totals_as_published",
        "Billed and effective cost of a closed month are what they were when it was closed, by source, month, currency",
        f"with told as ({_OF_CLOSED_MONTHS} and relation_name = 'cost_daily' "
        "and measure in ('billed_cost', 'effective_cost')) "
        "select source_name, posted_month, billing_currency, measure, sum(value) filter (is_known_now) "
        "- sum(value) filter (was_known_then) as difference from told group by all having "
        "coalesce(sum(value) filter (is_known_now), 0) <> sum(value) filter (was_known_then)",
        advice="Reopen the month if it is meant to change.",
    ),
    Check(
        "closed_details_stand",
        "totals_as_published",
        "What a closed month shows by service, team, commitment and reporting currency is what it showed at its close",
        f"select * from ({_OF_CLOSED_MONTHS}) where is_known_now and not was_known_then and item_type <> 'kpi'",
        "warning",
        "A closed month is pinned to its delivery, rules and exchange rates: was the program updated since, or did a "
        "price sheet come late? Else a rule of another month has moved charges that were late, or the month was closed "
        "by a version that kept neither rules nor rates.",
    ),
    Check(
        "hops_equal",
        "reconciliation",
        "Raw cost without what is no bill, normalized, daily, allocated and published cost are equal",
        "select *, greatest(billed_raw, normalized_cost, daily_cost, allocated_cost, published_cost) "
        "- least(billed_raw, normalized_cost, daily_cost, allocated_cost, published_cost) as difference "
        "from (select *, raw_cost - coalesce(unbilled_cost, 0) as billed_raw from {batch}) "
        "where (billed_raw, normalized_cost, daily_cost, allocated_cost) is distinct from "
        "(published_cost, published_cost, published_cost, published_cost) and delivered_cost <> 0 "
        "or coalesce(billed_raw, 0) <> coalesce(published_cost, 0)",
        advice="Money was lost or doubled on the way.",
    ),
    Check(
        "residue_explains",
        "reconciliation",
        "Delivered cost is published cost plus what is no bill plus residue, to the last digit",
        "select *, delivered_cost - coalesce(published_cost, 0) - coalesce(unbilled_cost, 0) "
        "- coalesce(residue_cost, 0) as difference from {batch} where difference <> 0",
    ),
    Check(
        "utilization_is_share",
        "commitments_daily",
        "Used and unused commitment cost are not negative",
        "select *, used_cost + unused_cost as money from {batch} where used_cost < 0 or unused_cost < 0",
        "warning",
        "A refund of a commitment can do this; utilization of that day is then outside 0 and 1.",
    ),
    Check(
        "kpi_in_catalog",
        "kpi_values",
        "Every KPI is in the catalog",
        "with v as (select * from {batch}) select * from v where not exists (select 1 from kpi_catalog as c "
        "where c.kpi_id = v.kpi_id and c.variant is not distinct from v.variant)",
    ),
    Check(
        "kpi_once",
        "kpi_values",
        "A KPI has one value per scope, period and currency",
        "select kpi_id, variant, definition_version, scope_type, scope_id, period_grain, period_start, currency, "
        "count(*) as times from {batch} group by all having times > 1",
    ),
    Check(
        "counted_share",
        "kpi_values",
        "Shares of counted things lie between 0 and 1",
        "select v.* from {batch} as v join kpi_catalog as c on c.kpi_id = v.kpi_id and c.variant = v.variant "
        "where c.is_fraction and not v.value between 0 and 1 and v.variant in ('resource_count', 'charges', 'count', "
        "'requests', 'invoices', 'sources', 'changes')",
    ),
    Check(
        "cost_share",
        "kpi_values",
        "Shares of the company's cost lie between 0 and 1",
        "select v.* from {batch} as v join kpi_catalog as c on c.kpi_id = v.kpi_id and c.variant = v.variant "
        "where c.is_fraction and v.scope_type = 'company' and not v.value between 0 and 1",
        "warning",
        "Credits and refunds larger than the cost beside them do this; read the share with its numerator.",
    ),
    Check(
        "cost_kpi_is_cost",
        "kpi_values",
        "The company's billed cost KPI is the billed cost of cost_daily, by month and reporting currency, if any",
        "with k as (select period_start, currency, numerator from {batch} where kpi_id = 'cost' "
        "and variant = 'billed' and scope_type = 'company'), d as (select posted_month, "
        "coalesce(reporting_currency, billing_currency) as currency, sum(case when reporting_currency is null "
        "then billed_cost else reporting_billed_cost end) as total from cost_daily group by all "
        "having total is not null) select coalesce(k.period_start, d.posted_month) "
        "as period_start, coalesce(k.currency, d.currency) as currency, "
        "coalesce(k.numerator, 0) - coalesce(d.total, 0) as difference from k full join d "
        "on k.period_start = d.posted_month and k.currency is not distinct from d.currency "
        "where coalesce(k.numerator, 0) <> coalesce(d.total, 0)",
    ),
    Check(
        "rates_known",
        "missing_rates",
        "Every period has the rates that bring it into the reporting currency",
        "select * from {batch}",
        "warning",
        "Add the missing days to the exchange rates. Until then the whole period of that source has no cost in the "
        "reporting currency; in its own currency it is complete.",
    ),
    Check(
        "reporting_as_in_cost_daily",
        "cost_reporting_monthly",
        "Costs in the reporting currency are those of cost_daily, per source, month and currency",
        "with mine as (select source_name, posted_month, billing_currency, sum(reporting_effective_cost) as total "
        "from {batch} group by all), theirs as (select source_name, posted_month, billing_currency, "
        "sum(reporting_effective_cost) as total from cost_daily where reporting_effective_cost is not null "
        "group by all) select *, coalesce(mine.total, 0) - coalesce(theirs.total, 0) as difference from mine "
        "full join theirs using (source_name, posted_month, billing_currency) "
        "where mine.total is distinct from theirs.total",
        advice="Money was lost or doubled between the two.",
    ),
    Check(
        "difference_has_reasons",
        "invoice_reconciliation",
        "The parts of an invoice's difference add up to it",
        "select *, difference_cost - (missing_cost + fx_difference_cost + tax_difference_cost + credit_difference_cost "
        "+ timing_difference_cost + rounding_difference_cost + unexplained_cost) as difference from {batch} "
        "where difference <> 0",
    ),
    Check(
        "one_current_delivery",
        "load_ledger",
        "One delivery of a source and month is current",
        "select source_name, billing_month, count(*) as deliveries from {batch} where state = 'current' "
        "group by source_name, billing_month having deliveries > 1",
    ),
    Check(
        "current_is_reconciled",
        "load_ledger",
        "Every current delivery of a bill with rows is in the reconciliation",
        "with l as (select * from {batch}) select * from l where state = 'current' and is_bill and row_count > 0 "
        "and billing_month is not null "
        "and not exists (select 1 from reconciliation as r where r.source_name = l.source_name "
        "and r.delivery_id = l.delivery_id and r.billing_month = l.billing_month)",
    ),
    Check(
        "violation_has_reason",
        "focus_conformance",
        "Every row of ours that violates a FOCUS requirement has a reason",
        "select source_name, billing_month, requirement_id, column_name, requirement, violating_rows, "
        "violating_rows - coalesce(reason_count, 0) as unexplained_rows, example, "
        "source_name || ' ' || strftime(billing_month, '%Y-%m') || ': in ' || unexplained_rows || ' of ' || "
        "checked_rows || ' lines it is not so that ' || requirement || ' (' || requirement_id || case when reason is "
        "not null then '; the bill tells the value, and our line has lost it' else '' end || '), as of ' || "
        "coalesce(example, 'a line without a key') as finding "
        "from {batch} where side = 'output' and violating_rows > coalesce(reason_count, 0)",
        advice="Nothing is wrong with the money, but models/intermediate/focus/int_<provider>_to_focus.sql has to say "
        "what the bill says there. Only what no column of the bill tells is a line in seeds/reference/focus_gaps.csv: "
        "the format, the requirement and the native column that would decide it.",
    ),
)
