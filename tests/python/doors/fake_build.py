"""A build database in small: the relations that readers rely on as views over a made-up bill, all sums consistent.

One line per source, month and number; sources `aws_payer` (USD) and `saas` (EUR). Nothing here is product code.
"""

from pathlib import Path

import duckdb

MONTHS = ("2026-08", "2026-09", "2026-10")

_LINES = """
    select
        s.source_name as x_source_name, cast(m.month || '-01' as date) as x_billing_month,
        cast(m.month || '-01' as date) as x_posted_month, m.delivery_id as x_delivery_id,
        cast(m.month || '-01' as timestamp) as BillingPeriodStart,
        cast(m.month || '-01' as timestamp) + to_days(cast(n % 28 as integer)) as ChargePeriodStart,
        ChargePeriodStart + interval 1 hour as ChargePeriodEnd, s.provider as ServiceProviderName,
        s.currency as BillingCurrency, 'payer' as BillingAccountId, 'account-' || n % 3 as SubAccountId,
        'Usage' as ChargeCategory, 'Compute' as ServiceCategory, 'Service ' || n % 4 as ServiceName,
        'region-1' as RegionId, map {{'team': 'team ' || n % 2, 'note': 'a "quoted" ''tag'''}} as Tags,
        cast(n * 1.000000001 + 0.25 as decimal(38, 9)) as BilledCost,
        cast(BilledCost * 0.9 as decimal(38, 9)) as EffectiveCost, BilledCost as ContractedCost, BilledCost as ListCost
    from (values ('aws_payer', 'AWS', 'USD'), ('saas', 'Some "SaaS"', 'EUR')) as s (source_name, provider, currency),
        months as m, range(1, {lines} + 1) as numbers (n)
"""

_RELATIONS = {
    "focus_cost_and_usage": "select * from built.lines",
    "cost_daily": """select x_source_name as source_name, ServiceProviderName as service_provider_name,
        BillingAccountId as billing_account_id, SubAccountId as sub_account_id, SubAccountId as sub_account_name,
        ServiceName as service_name, ServiceCategory as service_category, RegionId as region_id,
        ChargeCategory as charge_category, cast(ChargePeriodStart as date) as charge_date,
        x_billing_month as billing_month, x_posted_month as posted_month, BillingCurrency as billing_currency,
        case when Tags['team'] = 'team 1' then 'team 1' else 'Unallocated' end as team, 'Shop' as product,
        'prod' as environment, 'C1' as cost_center, cast(sum(BilledCost) as decimal(38, 9)) as billed_cost,
        cast(sum(EffectiveCost) as decimal(38, 9)) as effective_cost, sum(ContractedCost) as contracted_cost,
        sum(ListCost) as list_cost, count(*) as line_count, 'USD' as reporting_currency,
        billed_cost * 2 as reporting_billed_cost, effective_cost * 2 as reporting_effective_cost
        from built.lines group by all""",
    "cost_amortized_monthly": """select source_name, service_provider_name, billing_month, posted_month,
        posted_month as charge_month, billing_currency, sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost from finops_published.cost_daily group by all""",
    "showback_monthly": """select source_name, posted_month, posted_month as charge_month, billing_currency, team,
        product, environment, cost_center, sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost
        from finops_published.cost_daily group by all""",
    "commitments_daily": """select 'aws_payer' as source_name, 'sp-1' as commitment_discount_id,
        date '2026-10-01' as charge_date, date '2026-10-01' as posted_month, 'USD' as billing_currency,
        cast(8 as decimal(38, 9)) as used_cost, cast(2 as decimal(38, 9)) as unused_cost""",
    "kpi_catalog": """select *, 'd' as definition, 'f' as formula, 'none' as direction, 'company' as scopes,
        'bills' as inputs, 'kpi_cost' as model, cast(null as varchar) as waits_for, null as library_number,
        'Allocation' as capability, true as is_headline, 'FinOps' as owner_persona, 'Own' as source,
        'computed' as kpi_state, 6 as value_count from (values
        ('cost', 'billed', 1, 'Cost (billed)', 'currency', null, false),
        ('unallocated_share', 'effective_cost', 1, 'Share of cost without an owner', 'ratio', 0.1, true),
        ('reconciled_share', 'charges', 1, 'Share of charges reconciled', 'ratio', 1, true))
        as c (kpi_id, variant, definition_version, name, unit, target, is_fraction)""",
    "kpi_values": """with sums as (select posted_month, reporting_currency as billing_currency,
        sum(reporting_billed_cost) as billed, sum(reporting_effective_cost) as effective,
        sum(reporting_effective_cost) filter (team = 'Unallocated') as unallocated
        from finops_published.cost_daily group by all),
        measured as (
            select 'cost' as kpi_id, 'billed' as variant, billed as numerator, cast(1 as decimal(38, 9)) as denominator,
                'currency' as unit, * from sums
            union all select 'unallocated_share', 'effective_cost', unallocated, effective, 'ratio', * from sums
            union all select 'reconciled_share', 'charges', 1, 1, 'ratio', * from sums)
        select kpi_id, variant, 1 as definition_version, 'company' as scope_type, 'all' as scope_id,
        'month' as period_grain, posted_month as period_start, billing_currency as currency, numerator, denominator,
        cast(numerator / denominator as decimal(38, 9)) as value, unit, cast(null as decimal(38, 9)) as target,
        'no_target' as status, cast(null as varchar) as status_reason, timestamp '2026-11-01' as as_of from measured""",
    "kpi_history": """select '20261101T000000.000Z' as vintage_id, timestamp '2026-11-01' as known_start,
        cast(null as timestamp) as known_end, * exclude (unit, target, status_reason, as_of)
        from finops_published.kpi_values""",
    "kpi_baselines": """select 'b' as baseline_id, kpi_id, variant, scope_type, scope_id, currency,
        period_start as baseline_month, value as baseline_value, period_start, value, 0 as improvement_value,
        0 as normalized_improvement_value, as_of as frozen_at, 'Ada' as frozen_by, 'due' as freeze_reason
        from finops_published.kpi_values""",
    "maturity_scorecard": """select 'Allocation' as capability, scope_type, scope_id, currency,
        'crawl' as maturity_level, 1 as maturity_score, kpi_id, variant, value, 0.15 as next_threshold,
        'find owners' as next_step, 10 as stake_cost, 1 as gap_rank from finops_published.kpi_values limit 1""",
    "maturity_evidence": """select 'Allocation' as capability, kpi_id, variant, scope_type, scope_id, currency,
        'measured' as evidence_state, value, 'crawl' as maturity_level, 0.15 as next_threshold,
        'find owners' as next_step, 10 as stake_cost from finops_published.kpi_values limit 1""",
    "reconciliation": """select x_source_name as source_name, x_billing_month as billing_month,
        BillingCurrency as billing_currency, any_value(x_delivery_id) as delivery_id,
        cast(sum(BilledCost) as decimal(38, 24)) + 0.0000000001 as delivered_cost,
        cast(0.0000000001 as decimal(38, 24)) as residue_cost, cast(sum(BilledCost) as decimal(38, 9)) as raw_cost,
        cast(0 as decimal(38, 9)) as unbilled_cost,
        raw_cost as normalized_cost, raw_cost as daily_cost, raw_cost as allocated_cost,
        cast(null as decimal(38, 9)) as published_cost,
        cast(sum(EffectiveCost) as decimal(38, 9)) as allocated_effective_cost, count(*) as normalized_rows
        from built.lines group by all""",
    "load_ledger": """select distinct x_source_name as source_name, x_billing_month as billing_month,
        x_delivery_id as delivery_id, 'current' as state, true as is_bill,
        timestamp '2026-11-01' as loaded_at, 10 as row_count, cast(null as varchar) as message from built.lines""",
    "kubernetes_allocations_daily": """select 'cluster' as source_name, 'cluster' as cluster_name,
        'shop' as namespace, 'web-1' as pod, date '2026-10-01' as usage_date,
        cast(12 as decimal(38, 9)) as cpu_core_hours, cast(1 as decimal(38, 9)) as ram_byte_hours,
        cast(0.5 as decimal(38, 9)) as estimated_total_cost""",
    "restatements": """select 'aws_payer' as source_name, date '2026-10-01' as billing_month, 'd2' as delivery_id,
        'd1' as former_delivery_id, 'USD' as billing_currency, 'Service 1' as service_name,
        cast(1.5 as decimal(38, 9)) as restated_cost""",
    "period_closes": """select 'saas' as source_name, date '2026-08-01' as billing_month, 'closed' as state,
        'd1' as delivery_id, timestamp '2026-11-02' as closed_at, '20261101T000000.000Z' as closed_publication_id,
        'Ada' as closed_by, 'due' as close_reason,
        cast(null as timestamp) as reopened_at""",
    "totals_as_published": """select '20261101T000000.000Z' as vintage_id, timestamp '2026-11-01' as known_start,
        cast(null as timestamp) as known_end, 'cost_daily' as relation_name, 'billed_cost' as measure, source_name,
        service_provider_name, 'service' as item_type, service_name as item, posted_month,
        posted_month as charge_month, billing_currency, sum(billed_cost) as value from finops_published.cost_daily
        group by all""",
    "cost_reporting_monthly": """select source_name, posted_month, posted_month as charge_month, billing_currency,
        reporting_currency, sum(effective_cost) as effective_cost,
        sum(reporting_effective_cost) as reporting_effective_cost, cast(0 as decimal(38, 9)) as fx_effect_cost
        from finops_published.cost_daily group by all""",
    "reporting_rates": """select distinct source_name, billing_account_id, billing_month, billing_currency,
        'I-1' as invoice_id, charge_date, reporting_currency, charge_date as rate_date,
        cast(2 as decimal(38, 12)) as exchange_rate
        from finops_published.cost_daily""",
    "missing_rates": """select 'saas' as source_name, date '2026-10-01' as billing_month, 'EUR' as billing_currency,
        'USD' as reporting_currency, date '2026-10-01' as first_missing_date, date '2026-10-02' as last_missing_date,
        2 as missing_days limit 0""",
    "invoice_reconciliation": """select 'AWS' as invoice_issuer_name, 'I-1' as invoice_id,
        date '2026-10-01' as billing_month, 'USD' as billing_currency, 12 as invoiced_cost, 10 as billed_cost,
        2 as difference_cost, 0 as missing_cost,
        0 as fx_difference_cost, 2 as tax_difference_cost, 0 as credit_difference_cost, 0 as timing_difference_cost,
        0 as rounding_difference_cost, 0 as unexplained_cost, 'explained' as state""",
    "focus_conformance": """select 'aws_payer' as source_name, date '2026-10-01' as billing_month, side,
        'SkuId-FilledForPriced' as requirement_id, 'SkuId' as column_name, 'MUST' as level,
        'SkuId is filled' as requirement, 20 as checked_rows, 3 as violating_rows, 'i-1' as example,
        'null_at_provider' as reason, 3 as reason_count from (values ('output')) as s (side)""",
    "schema_drift": """select 'aws_payer' as source_name, date '2026-10-01' as billing_month, 'd2' as delivery_id,
        'd1' as former_delivery_id, 'new' as column_change, 'x_new' as column_name,
        cast(null as varchar) as former_type, 'VARCHAR' as new_type, cast(null as varchar) as likely_renamed_from""",
}

_SCOPES = "(values ('company', 'all'), ('team', 'team 1')) as s (scope_type, scope_id)"
_EXPECTED = """cast(100 as decimal(38, 9)) as expected_cost, cast(90 as decimal(38, 9)) as lower_80_cost,
    cast(110 as decimal(38, 9)) as upper_80_cost, cast(80 as decimal(38, 9)) as lower_95_cost,
    cast(120 as decimal(38, 9)) as upper_95_cost"""
_PARTS = (
    "volume price mix new_usage gone_usage unclassified new_service gone_service commitment credit one_time "
    "restatement ownership fx"
)
_RELATIONS |= {
    "budget_vs_actual": """select 'in_force' as budget_version, 'company' as scope_type, 'all' as scope_id,
        date '2026-09-01' as budget_month, 'USD' as currency, 'effective_cost' as cost_metric,
        'complete' as month_state, cast(100 as decimal(38, 9)) as budget_cost,
        cast(130 as decimal(38, 9)) as actual_cost, 30 as over_budget_cost,
        'over' as budget_state, 1 as consecutive_months_over, cast(null as decimal(38, 9)) as landing_cost""",
    "month_end_landings": """select 'company' as scope_type, 'all' as scope_id, 'USD' as currency,
        'effective_cost' as cost_metric, date '2026-10-01' as landing_month, date '2026-10-15' as as_of_date,
        50 as so_far_cost, 100 as landing_cost, 90 as landing_low_cost, 110 as landing_high_cost""",
    "unit_economics_monthly": """select 'orders' as metric_id, 'company' as scope_type, 'all' as scope_id,
        date '2026-09-01' as metric_month, 'USD' as currency, 10 as metric_value, 130 as effective_cost,
        13 as unit_cost, 30 as change_cost, 40 as volume_cost, -10 as efficiency_cost, 'computed' as status""",
    "forecast_daily": f"""select *, 'USD' as currency, date '2026-11-01' as charge_date, {_EXPECTED}
        from {_SCOPES}""",
    "forecast_monthly": f"""select *, 'USD' as currency, date '2026-11-01' as charge_month, 1 as lead_months,
        'forecast' as forecast_status, {_EXPECTED} from {_SCOPES}""",
    "anomalies": """select *, 'company' as scope_type, 'all' as scope_id, 'USD' as currency, 'spike' as anomaly_kind,
        date '2026-09-03' as onset_date, date '2026-09-04' as flagged_date, date '2026-09-05' as last_date,
        'high' as severity, 100 as expected_cost, 300 as actual_cost, 200 as impact_cost,
        timestamp '2026-09-05' as detected_at
        from (values ('a', null), ('b', 'a')) as a (anomaly_id, told_by_id)""",
    "cost_bridge_monthly": f"""select 'month' as comparison, date '2026-09-01' as period_month,
        'company' as scope_type, 'all' as scope_id, 'USD' as currency, 100 as former_effective_cost,
        114 as effective_cost, 14 as change_cost,
        {", ".join(f"1 as {part}_change_cost" for part in _PARTS.split())}""",
    "cost_movers": """select comparison, period_month, scope_type, scope_id, currency, 1 as mover_rank,
        'Service 1' as service_name, 14 as change_cost, 'more of it' as change_reason
        from finops_published.cost_bridge_monthly""",
    "alerts": """select 'x' as alert_id, 'budget_over' as alert_kind, 'warning' as severity, 'firing' as alert_state,
        'company' as scope_type, 'all' as scope_id, 'Ada' as owner, 't' as title, 'm' as message, 'q' as link_query,
        null::decimal(38, 9) as impact_cost""",
}


def make(path: Path, lines: int = 20, months: tuple[str, ...] = MONTHS, delivery: str = "d1") -> Path:
    """Write the build database; `lines` per source and month."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("create schema built; create schema finops_published")
        con.execute("create temp table months (month varchar, delivery_id varchar)")
        con.executemany("insert into months values (?, ?)", [[month, delivery] for month in months])
        con.execute(f"create table built.lines as {_LINES.format(lines=lines)}")
        for name, sql in _RELATIONS.items():
            con.execute(f"create view finops_published.{name} as {sql}")
        con.execute("comment on view finops_published.cost_daily is 'One row per day and owner.'")
        con.execute("comment on column finops_published.cost_daily.team is 'Who pays; it''s never null.'")
    return path


def freeze(path: Path, relation: str, *statements: str) -> None:
    """Turn a view of the build into a table and change it, to break what was consistent."""
    with duckdb.connect(str(path)) as con:
        name = f"finops_published.{relation}"
        con.execute(f"create table built.{relation} as from {name}")
        con.execute(f"create or replace view {name} as from built.{relation}")
        for statement in statements:
            con.execute(statement)
