"""Each kind of data test is itself tested: one wrong row, and it has to fail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import build, dbt
from orchestration.settings import Settings

from .worlds import build_world, run

# (what is broken, the SQL that breaks it, the test that has to notice)
BREAKS = [
    (
        "a cost off by the ninth decimal",
        "update finops_marts.fct_cost_daily set billed_cost = billed_cost + 0.000000001 where rowid = 0",
        "conserves_money_fct_cost_daily*",
    ),
    (
        "a lost charge",
        "delete from finops_intermediate.int_charges_daily where billed_cost > 100",
        "conserves_money_int_charges_daily*",
    ),
    (
        "a KPI defined twice",
        "insert into finops_kpis.kpi_registry select * from finops_kpis.kpi_registry limit 1",
        "unique_grain_kpi_registry*",
    ),
    (
        "a charge without an owner",
        "update finops_marts.fct_cost_daily set team = null where rowid = 0",
        "filled_fct_cost_daily*",
    ),
    (
        "a KPI without a formula",
        "update finops_kpis.kpi_registry set formula = null where rowid = 0",
        "unique_grain_kpi_registry*",
    ),
    (
        "a month that does not tie",
        "update finops_ops.cost_reconciliation set is_reconciled = false where rowid = 0",
        "every_hop_ties",
    ),
    (
        "a reservation fee whose unused part is lost",
        "delete from finops_intermediate.int_aws_derived_charges where row_origin = 'unused_reservation'",
        "reservations_conserve",
    ),
    (
        "a commitment whose use is lost",
        "update finops_intermediate.int_charges_daily set gross_effective_cost = 0 where charge_category = 'Usage'",
        "commitments_conserve",
    ),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """Build a small company; give it with a copy of its database as it was."""
    settings = build_world(tmp_path_factory.mktemp("checks"), 5, "2026-06", 1)
    kept = settings.build_db.with_suffix(".kept")
    shutil.copyfile(settings.build_db, kept)
    return settings, kept


@pytest.mark.parametrize(("broken", "sql", "test"), BREAKS, ids=[broken for broken, _, _ in BREAKS])
def test_a_wrong_row_is_noticed(world: tuple[Settings, Path], broken: str, sql: str, test: str) -> None:
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(sql)
    outcome = run(settings, "test", "--select", test)
    assert [node.status for node in outcome.nodes], f"no test is called {test}"
    assert not outcome.success, broken
    assert all(node.status == "fail" for node in outcome.nodes)


def test_what_is_right_passes(world: tuple[Settings, Path]) -> None:
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)
    assert run(settings, "test", "--select", *[test for _, _, test in BREAKS]).success


AGAIN = {
    "what has no resource, as tax and support": "select * replace ('again' as source_name) from {} "
    "where resource_id is null and sub_account_id is not null and billed_cost <> 0",
    "resources": "select * replace ('again' as source_name) from {} where resource_id is not null",
}


@pytest.mark.parametrize("rows", AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize("rebuild", ["all", '[["again", "2026-06-01"]]'], ids=["first run", "source added later"])
def test_a_charge_in_a_second_source_is_noticed(world: tuple[Settings, Path], rows: str, rebuild: str) -> None:
    """Scopes that overlap count twice, also those of a source that comes to a company whose months stand."""
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)
    assert overlaps(settings, rebuild) == ["pass"]
    table = "finops_intermediate.int_charges_daily"
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(f"insert into {table} {rows.format(table)}")
    assert overlaps(settings, rebuild) == ["warn"]
    assert re.search(
        r"again and aws_payer both have [1-9]\d* of the same charges and \d+ of the same days in 2026-06",
        told(settings),
    )


def test_one_bill_in_two_formats_is_noticed(world: tuple[Settings, Path]) -> None:
    """They name other resources and meters for the same charge, but a day of an account costs the same."""
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(
            "insert into finops_marts.fct_cost_daily select * replace ('again' as source_name, "
            "'other name' as service_name, billed_cost + 0.000000001 as billed_cost) from finops_marts.fct_cost_daily"
        )
    assert overlaps(settings, "all") == ["warn"]


def told(settings: Settings, test: str = "no_charge_from_two_sources") -> str:
    """Give the words of the run about one test."""
    outcome = dbt.run_dbt(settings, ["test", "--select", test], {"FINOPS_REBUILD": "all"})
    [check] = build.checks_of(settings, outcome.nodes)
    return check.sentence()


def overlaps(settings: Settings, rebuild: str) -> list[str]:
    outcome = dbt.run_dbt(settings, ["test", "--select", "no_charge_from_two_sources"], {"FINOPS_REBUILD": rebuild})
    return [node.status for node in outcome.nodes]


def test_an_invoice_that_its_charges_do_not_explain_is_named(world: tuple[Settings, Path]) -> None:
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(
            "insert into finops_ops.invoice_ties by name select 'I-1' as invoice_id, 'AWS' as invoice_issuer_name, "
            "date '2026-06-01' as billing_month, 'USD' as billing_currency, 51 as invoiced_cost, 57 as billed_cost, "
            "-6 as unexplained_cost, 'unexplained' as state, true as is_blocking"
        )
    words = "invoice I-1 of AWS for 2026-06 says 51.00 USD, its charges 57.00 USD, and nothing explains -6.00 USD"
    assert words in told(settings, "invoices_tie")


def test_actual_and_amortized_cost_that_differ_are_told(world: tuple[Settings, Path]) -> None:
    """What both of Azure's datasets hold costs the same in both; what a commitment covers does not, and may differ."""
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)

    def found() -> list[str]:
        return [node.status for node in run(settings, "test", "--select", "azure_datasets_agree").nodes]

    assert found() == ["pass"]
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("alter view finops_raw.azure_cost rename to azure_cost_as_delivered")
    for where, told in (("PricingModel = 'Reservation'", "pass"), ("PublisherType = 'Marketplace'", "warn")):
        with duckdb.connect(str(settings.build_db)) as con:
            con.execute(f"""
                create or replace view finops_raw.azure_cost as
                select * replace (
                    CostInBillingCurrency + if(dataset = 'amortized' and {where}, 0.000000001, 0)
                        as CostInBillingCurrency
                )
                from finops_raw.azure_cost_as_delivered
            """)
            changed = con.execute(
                f"select count(*) from finops_raw.azure_cost where dataset = 'amortized' and {where}"
            ).fetchone()
        assert changed > (0,)
        assert found() == [told], where


def test_a_plan_that_other_accounts_use_too_is_told_and_stops_nobody(world: tuple[Settings, Path]) -> None:
    """The bill of an account alone has the fees of its plan, and not all of the usage that the plan covers."""
    settings, kept = world
    shutil.copyfile(kept, settings.build_db)

    def found() -> dict[str, str]:
        tests = ("plans_are_used_here", "commitments_conserve")
        return {node.name: node.status for node in run(settings, "test", "--select", *tests).nodes}

    assert set(found().values()) == {"pass"}
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("alter view finops_raw.aws_cur2 rename to aws_cur2_as_delivered")
        con.execute("""
            create view finops_raw.aws_cur2 as
            select * from finops_raw.aws_cur2_as_delivered
            where line_item_line_item_type <> 'SavingsPlanCoveredUsage' or day(line_item_usage_start_date) % 2 = 0
        """)
        [(lost,)] = con.execute(
            "select count(*) - (select count(*) from finops_raw.aws_cur2) from finops_raw.aws_cur2_as_delivered"
        ).fetchall()
    assert lost > 0
    assert run(settings, "run", "--full-refresh", "--select", "+int_charges_daily").success
    assert found() == {"plans_are_used_here": "warn", "commitments_conserve": "pass"}
