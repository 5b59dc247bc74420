"""The back door: a sound publication passes; each check is fed rows that it must catch."""

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import audit, publish
from orchestration.doors import gx
from orchestration.doors.back import CHECKS, COLUMNS, NEVER_NULL, audit_publication, plans
from orchestration.doors.checks import AuditResult, CheckResult
from orchestration.doors.money import rows_and_money
from orchestration.errors import FinopsError
from orchestration.settings import Settings

from . import fake_build
from .conftest import PROJECT, staged_and_verified

ONE = "rowid = (select min(rowid) from {0})"
CLOSED = "rowid = (select min(rowid) from {0} where source_name = 'saas' and posted_month = '2026-08-01')"
BROKEN: dict[tuple[str, str], str] = {
    ("cost_daily", "owner_present"): f"update {{0}} set team = ' ' where {ONE}",
    ("showback_monthly", "owner_present"): f"update {{0}} set cost_center = null where {ONE}",
    ("cost_daily", "currency_code"): f"update {{0}} set billing_currency = 'usd' where {ONE}",
    ("cost_amortized_monthly", "currency_code"): f"update {{0}} set billing_currency = '$' where {ONE}",
    ("showback_monthly", "currency_code"): f"update {{0}} set billing_currency = '' where {ONE}",
    ("commitments_daily", "currency_code"): "update {0} set billing_currency = 'us'",
    ("cost_daily", "month_is_first_day"): f"update {{0}} set posted_month = posted_month + 1 where {ONE}",
    ("cost_amortized_monthly", "month_is_first_day"): f"update {{0}} set posted_month = posted_month + 1 where {ONE}",
    ("showback_monthly", "month_is_first_day"): f"update {{0}} set posted_month = posted_month + 1 where {ONE}",
    ("cost_daily", "months_continuous"): "delete from {0} where billing_month = '2026-09-01' and source_name = 'saas'",
    ("cost_daily", "charged_near_the_bill"): f"update {{0}} set charge_date = '2020-01-01' where {ONE}",
    ("cost_daily", "effective_near_billed"): "update {0} set effective_cost = 0 where billing_month = '2026-08-01'",
    ("cost_daily", "effective_not_rounded"): "update {0} set effective_cost = round(effective_cost)",
    ("cost_amortized_monthly", "billed_cost_as_in_cost_daily"): f"delete from {{0}} where {ONE}",
    ("cost_amortized_monthly", "effective_cost_as_in_cost_daily"): (
        f"update {{0}} set effective_cost = effective_cost + 0.000000001 where {ONE}"
    ),
    ("showback_monthly", "billed_cost_as_in_cost_daily"): f"insert into {{0}} from {{0}} where {ONE}",
    ("showback_monthly", "effective_cost_as_in_cost_daily"): f"update {{0}} set effective_cost = 0 where {ONE}",
    ("reconciliation", "published_cost_as_in_cost_daily"): f"update {{0}} set published_cost = 1 where {ONE}",
    ("reconciliation", "hops_equal"): f"update {{0}} set daily_cost = daily_cost + 0.000000001 where {ONE}",
    ("reconciliation", "residue_explains"): f"update {{0}} set residue_cost = 0 where {ONE}",
    ("commitments_daily", "utilization_is_share"): "update {0} set unused_cost = -3",
    ("kpi_values", "kpi_in_catalog"): f"update {{0}} set kpi_id = 'unheard_of' where {ONE}",
    ("kpi_values", "kpi_once"): f"insert into {{0}} from {{0}} where {ONE}",
    ("kpi_values", "counted_share"): "update {0} set value = 1.01 where kpi_id = 'reconciled_share'",
    ("kpi_values", "cost_share"): "update {0} set value = -0.01 where kpi_id = 'unallocated_share'",
    ("kpi_values", "cost_kpi_is_cost"): "update {0} set numerator = numerator + 1 where kpi_id = 'cost'",
    ("totals_as_published", "latest_is_shown"): f"update {{0}} set value = value + 0.000000001 where {ONE}",
    ("missing_rates", "rates_known"): (
        "insert into {0} values ('saas', '2026-10-01', 'EUR', 'USD', '2026-10-03', '2026-10-04', 2, 'p')"
    ),
    ("cost_reporting_monthly", "reporting_as_in_cost_daily"): f"delete from {{0}} where {ONE}",
    ("invoice_reconciliation", "difference_has_reasons"): "update {0} set tax_difference_cost = 7",
    ("totals_as_published", "closed_months_stand"): f"update {{0}} set known_end = '2026-11-03' where {CLOSED}",
    ("totals_as_published", "closed_details_stand"): f"update {{0}} set vintage_id = '20261201' where {CLOSED}",
    ("load_ledger", "one_current_delivery"): f"insert into {{0}} from {{0}} where {ONE}",
    ("load_ledger", "current_is_reconciled"): f"update {{0}} set delivery_id = 'd9' where {ONE}",
    ("budget_vs_actual", "over_is_the_difference"): "update {0} set over_budget_cost = 29",
    ("month_end_landings", "range_holds_the_landing"): "update {0} set landing_high_cost = 99",
    ("unit_economics_monthly", "growth_adds_up"): "update {0} set efficiency_cost = -9",
    ("forecast_daily", "intervals_hold_the_expected"): f"update {{0}} set lower_80_cost = 101 where {ONE}",
    ("forecast_monthly", "intervals_hold_the_expected"): f"update {{0}} set upper_80_cost = 121 where {ONE}",
    ("forecast_daily", "scopes_add_up"): "update {0} set expected_cost = 100.000000001 where scope_type = 'team'",
    ("forecast_monthly", "scopes_add_up"): "insert into {0} from {0} where scope_type = 'team'",
    ("anomalies", "told_once"): "update {0} set told_by_id = 'gone' where anomaly_id = 'b'",
    ("anomalies", "days_in_order"): f"update {{0}} set flagged_date = '2026-09-02' where {ONE}",
    ("cost_bridge_monthly", "parts_add_up"): "update {0} set mix_change_cost = 2",
    ("cost_movers", "mover_has_its_bridge"): "update {0} set comparison = 'year'",
    ("alerts", "alert_once"): "insert into {0} from {0}",
    ("focus_conformance", "violation_has_reason"): "update {0} set reason = null, reason_count = 0",
}


def failing(database: Path, relation: str, name: str) -> tuple[int, str | None]:
    plan = next(plan for plan in plans(relation, "") if plan.name == name)
    with duckdb.connect(str(database)) as con:
        return rows_and_money(con, plan.arguments["unexpected_rows_query"].replace("{batch}", relation))


@pytest.mark.usefixtures("build_db")
def test_an_audit_that_is_interrupted_leaves_the_database_free(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was told to stop is tried again in the same process, where an open file could not be attached."""
    staged = staged_and_verified(settings)
    times = iter(range(1000))

    def stopped(*_: object, **__: object) -> None:
        if next(times) == 20:
            raise KeyboardInterrupt
        return execute(*_, **__)

    gx.load()
    from orchestration.doors.duckdb_sqlalchemy import BufferedCursor  # noqa: PLC0415 - slow

    execute = BufferedCursor.execute
    monkeypatch.setattr(BufferedCursor, "execute", stopped)
    with pytest.raises(KeyboardInterrupt) as interrupted:
        audit_publication(staged.database, settings)
    assert interrupted.tb is not None, "which holds what was in use"
    assert all(result.passed for result in publish.verify(staged)), "attaches the database to write into it"


def test_every_check_is_broken_once() -> None:
    assert {(check.relation, check.name) for check in CHECKS} == set(BROKEN)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("audited")
    settings = Settings(PROJECT, path, path / "sources.yml", path)
    fake_build.make(settings.build_db)
    return settings


@pytest.fixture(scope="module")
def sound(home: Settings) -> Path:
    """Return the database of a sound publication; tests work on copies."""
    return shutil.copy(staged_and_verified(home).database, home.home / "sound.duckdb")


@pytest.mark.parametrize(("relation", "name"), BROKEN, ids=[" ".join(key) for key in BROKEN])
def test_each_check_catches_bad_rows(sound: Path, tmp_path: Path, relation: str, name: str) -> None:
    database = shutil.copy(sound, tmp_path / "publication.duckdb")
    assert failing(database, relation, name)[0] == 0
    with duckdb.connect(str(database)) as con:
        con.execute(BROKEN[relation, name].format(relation))
    rows, _ = failing(database, relation, name)
    assert rows > 0


@pytest.mark.parametrize("relation", NEVER_NULL)
def test_each_column_that_is_never_null_is_looked_at_and_named(sound: Path, tmp_path: Path, relation: str) -> None:
    database = shutil.copy(sound, tmp_path / "publication.duckdb")
    assert failing(database, relation, "filled")[0] == 0
    plan = next(plan for plan in plans(relation, "") if plan.name == "filled")
    sql = f"select empty_columns from ({plan.arguments['unexpected_rows_query'].replace('{batch}', relation)})"
    with duckdb.connect(str(database)) as con:
        for column in NEVER_NULL[relation].split():
            con.execute(f"begin; update {relation} set {column} = null where {ONE.format(relation)}")
            assert con.execute(sql).fetchall() == [(column,)]
            con.execute("rollback")


@pytest.mark.parametrize(("measure", "rows"), [("billed_cost", 1), ("effective_cost", 1), ("list_cost", 0)])
def test_a_closed_month_stands_in_what_is_owed_and_used(sound: Path, tmp_path: Path, measure: str, rows: int) -> None:
    database = shutil.copy(sound, tmp_path / "publication.duckdb")
    with duckdb.connect(str(database)) as con:
        relation = "totals_as_published"
        con.execute(
            f"insert into {relation} select * replace ('{measure}' as measure, timestamp '2026-11-03' as known_end) "
            f"from {relation} where {CLOSED.format(relation)}"
        )
    assert failing(database, relation, "closed_months_stand")[0] == rows


def audited(settings: Settings, *statements: str) -> AuditResult:
    staged = staged_and_verified(settings)
    with duckdb.connect(str(staged.database)) as con:
        for statement in statements:
            con.execute(statement)
    return audit_publication(staged.database, settings, publication_id=staged.publication_id)


def found(result: AuditResult, relation: str, name: str) -> CheckResult:
    return next(check for check in result.checks if (check.subject, check.name) == (relation, name))


def test_a_sound_publication_passes_and_has_pages(home: Settings) -> None:
    result = audited(home)
    assert [check.sentence() for check in result.checks if not check.passed] == []
    assert {check.subject for check in result.checks} == set(COLUMNS)
    page = (home.docs_dir / "back_door" / "index.html").read_text(encoding="utf-8")
    assert "All " in page
    assert "http" not in page  # it must be readable without a network
    assert len(list(home.docs_dir.glob("back_door/validations/**/*.html"))) == len(COLUMNS)


def test_failures_say_rows_money_and_where_to_look(home: Settings) -> None:
    result = audited(
        home,
        "update cost_daily set team = null where service_name = 'Service 1' and billing_month = '2026-10-01'",
        "update reconciliation set allocated_cost = allocated_cost - 1.5 where source_name = 'saas'",
        "update kpi_values set kpi_id = '<b>unheard</b>', as_of = null where kpi_id = 'cost'",
        "update showback_monthly set publication_id = 'x'",
        "delete from load_ledger",
        "alter table restatements drop column service_name",
        "drop table commitments_daily",
        "update focus_conformance set reason_count = 1",
    )
    assert not result.passed
    assert found(result, "focus_conformance", "violation_has_reason").message.startswith(
        "aws_payer 2026-10: in 2 of 20 lines it is not so that SkuId is filled (SkuId-FilledForPriced; the bill tells "
        "the value, and our line has lost it), as of i-1. Nothing is wrong with the money"
    )
    assert found(result, "cost_daily", "owner_present").money is not None
    hops = found(result, "reconciliation", "hops_equal")
    assert (hops.failing_rows, hops.money) == (3, "4.5 EUR")
    assert hops.look is not None
    assert 'from "reconciliation"' in hops.look
    assert "First: source name saas, billing month 2026-" in hops.message
    assert ". Also: 2026-" in hops.message, "what tells the other rows from the first"
    assert "empty columns as_of" in found(result, "kpi_values", "filled").message
    assert found(result, "showback_monthly", "publication_id").failing_rows == 12
    assert not found(result, "load_ledger", "not_empty").passed
    assert "service_name" in found(result, "restatements", "columns_present").message
    assert not found(result, "commitments_daily", "relation_present").passed
    pages = "".join(path.read_text(encoding="utf-8") for path in home.docs_dir.rglob("*.html"))
    assert "<b>unheard" not in pages


def test_a_check_that_cannot_be_evaluated_fails(home: Settings) -> None:
    result = audited(home, "alter table cost_daily drop column team")
    owner = found(result, "cost_daily", "owner_present")
    assert not owner.passed
    assert "could not be evaluated" in owner.message


def test_warnings_do_not_stop_a_publication(home: Settings) -> None:
    result = audited(home, "update kpi_values set value = -0.2 where kpi_id = 'unallocated_share'")
    assert result.passed
    assert [check.name for check in result.warnings] == ["cost_share"]


def test_a_bad_verdict_keeps_the_database_to_look_into(settings: Settings, build_db: Path) -> None:
    assert build_db.exists()
    staged = staged_and_verified(settings)
    look = f"select 1 where 1 in ({', '.join(['1'] * 200)})"
    bad = CheckResult("hops_equal", "Hops are equal", "reconciliation", "critical", False, 2, "1.5 EUR", look)
    with pytest.raises(FinopsError) as caught:
        audit.refuse(audit.conclude(doors=AuditResult("id", [bad])), staged)
    text = str(caught.value)
    assert all(part in text for part in ("hops_equal", "2 rows", "1.5 EUR", look, "failed_publication.duckdb"))
    with duckdb.connect(str(publish.failed_copy(settings)), read_only=True) as con:
        assert con.execute("select count(*) from reconciliation").fetchone() == (6,)
    assert list(settings.publications_dir.iterdir()) == []
    audit.conclude(doors=AuditResult("id", [])).raise_if_failed(None)


def test_preloading_imports_in_the_background() -> None:
    gx.preload().join()
    assert gx.load().__name__ == "great_expectations"
