"""Azure's simulated exports: what the models make of both datasets is the truth about every charge."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration import dbt
from orchestration.landing import create_raw_relations, land, load_ledger
from orchestration.landing.books import keep_books
from orchestration.landing.rules import load_rules
from orchestration.rebuild import differing
from orchestration.settings import Settings
from orchestration.simulator import azure
from orchestration.simulator.engine import connect
from orchestration.simulator.periods import calendar
from orchestration.simulator.truth import write_commitments, write_totals

# one seed for the story's calendar, one over a leap day, and so long that the reservation ends
WORLDS = [(20260501, "2026-05", 5), (77, "2027-12", 14)]
PER_LINE = Decimal("0.000000001")
FORMATS = {"azure_cost": "azure_cost", "azure_prices": "azure_price_sheet"}


def written(root: Path, seed: int, start: str, months: int) -> None:
    """Write exports and truth below a folder."""
    with connect(500, root / "spill") as con:
        rows = azure.write(con, root / "exports", root / "truth", calendar(start, months, seed), seed, 1)
        write_commitments(con, rows, root / "truth")
        write_totals(con, root / "truth")


def landed(root: Path, *names: str) -> Settings:
    """Name sources, land what they hold, and write the raw relations."""
    listed = "".join(f"  - {{name: {name}, format: {FORMATS[name]}, uri: exports/{name}}}\n" for name in names)
    (root / "sources.yml").write_text(f"sources:\n{listed}")
    environ = {"FINOPS_HOME": str(root / "home"), "FINOPS_SOURCES": str(root / "sources.yml")}
    settings = Settings.from_env({**os.environ, **environ})
    result = land(settings)
    assert not result.rejected, result.rejected[0].message
    assert not result.pending
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_db)) as con:
        create_raw_relations(con, settings, load_ledger(settings))
        load_rules(con, settings)
    return settings


def build(settings: Settings, *arguments: str, rebuild: str = "all") -> None:
    """Run dbt."""
    outcome = dbt.run_dbt(settings, arguments, {"FINOPS_REBUILD": rebuild})
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: f"seed{world[0]}")
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Simulate, land and normalize; give the build database with the truth as `lines`, `commitments` and `totals`."""
    root = tmp_path_factory.mktemp("azure")
    written(root, *request.param)
    settings = landed(root, "azure_cost", "azure_prices")
    # a test that also reads what is not built here belongs elsewhere
    build(
        settings, "build", "--select", "+int_azure_to_focus", "--exclude", "test_type:unit", "--indirect-selection",
        "cautious",
    )  # fmt: skip
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        con.execute(f"create temp view lines as from read_parquet('{root}/truth/lines-*.parquet')")
        for name in ("commitments", "totals"):
            con.execute(f"create temp view {name} as from read_parquet('{root}/truth/{name}.parquet')")
        yield con


def test_every_charge_costs_what_it_truly_costs(built: duckdb.DuckDBPyConnection) -> None:
    """Per day, account and kind of charge, billed, effective and at list price, with as many lines."""
    keys = "billing_month, charge_date, sub_account_id, commitment_id, category"
    sums = (
        "sum(billed_cost) as billed, sum(effective_cost) as effective, sum(list_cost) as at_list, "
        "count(*) as line_count"
    )
    ours = (
        f"select {keys}, {sums} from (select *, case when commitment_discount_status is null then null "
        "else commitment_discount_id end as commitment_id, "
        "charge_category || ' ' || coalesce(commitment_discount_status, '') as category "
        "from finops_intermediate.int_azure_to_focus) group by all"
    )
    category = (
        "case kind when 'azure_usage' then 'Usage ' when 'azure_covered_usage' then 'Usage Used' "
        "when 'azure_unused' then 'Usage Unused' when 'azure_rounding' then 'Adjustment ' else 'Purchase ' end"
    )
    truth = (
        f"select {keys}, {sums} from (select * replace (case when kind like 'azure_%' then commitment_id end as "
        f"commitment_id), cast(charge_start as date) as charge_date, {category} as category from lines) group by all"
    )
    match = " and ".join(f"o.{key.strip()} is not distinct from t.{key.strip()}" for key in keys.split(","))
    rounding = " or ".join(
        f"abs(coalesce(o.{name}, 0) - coalesce(t.{name}, 0)) > {PER_LINE} * t.line_count"
        for name in ("billed", "effective", "at_list")
    )
    wrong = built.execute(
        f"select * from ({ours}) as o full join ({truth}) as t on {match} "
        f"where o.line_count is distinct from t.line_count or {rounding}"
    ).fetchall()
    assert wrong == []


def test_prices_that_the_bill_lacks_come_from_the_sheet_and_say_so(built: duckdb.DuckDBPyConnection) -> None:
    """List costs are those of truth above; here, that the bill did not tell them, and what usage costs by contract."""
    filled = built.execute("""
        select sku_meter, commitment_discount_status, contracted_cost_source,
            contains(derived_columns, 'ListCost ListUnitPrice'), contains(derived_columns, 'ContractedCost'),
            contains(derived_columns, 'ContractedUnitPrice'), min(list_unit_price), max(list_unit_price),
            max(abs(contracted_cost - contracted_unit_price * pricing_quantity)) < 0.000000002
        from finops_intermediate.int_azure_to_focus where derived_columns like '%ListCost%' group by all order by all
    """).fetchall()
    a_line = built.execute("select count(*), count(distinct nullif(payg_unit_price, 0)) "
        "from finops_staging.stg_azure_cost__lines where meter_name in ('F4s v2', 'vCore', 'Hot Read Operations')"
    ).fetchone()  # fmt: skip
    assert a_line[0] > 100
    assert a_line[1] == 0, "the bill tells none of these public prices"
    at_list = {"F4s v2": "0.2", "Hot Read Operations": "0.0043", "Standard Data Transfer Out": "0.087", "vCore": "0.14"}
    assert {row[0]: row[6] for row in filled} == {meter: Decimal(price) for meter, price in at_list.items()}
    assert all(row[6] == row[7] for row in filled), "one public price, whatever the size of the unit in the sheet"
    assert [row[1:6] for row in filled if row[0] == "F4s v2"] == [
        ("Used", "price_sheet", True, True, True),
        (None, "bill", True, False, True),
    ]
    assert all(row[8] for row in filled)


def test_a_sheet_that_comes_later_fills_the_months_that_it_concerns(tmp_path: Path) -> None:
    """And no others; what it told is forgotten where it is gone."""
    written(tmp_path, 5, "2026-05", 2)
    prices = tmp_path / "exports" / "azure_prices" / "prices-monthly"
    shutil.rmtree(next(prices.glob("202606*")))

    def inputs() -> dict[str, dict[str, str]]:
        return keep_books(load_ledger(settings)).inputs()

    def filled() -> dict[str, int]:
        with duckdb.connect(str(settings.build_db), read_only=True) as con:
            return dict(
                con.execute(
                    "select billing_month::varchar, countif(sheet_columns like '%ListCost%') "
                    "from finops_intermediate.int_azure_charges group by all"
                ).fetchall()
            )

    settings = landed(tmp_path, "azure_cost")
    build(
        settings,
        "build",
        "--select",
        "+int_azure_charges",
        "--exclude",
        "resource_type:test",
        "resource_type:unit_test",
    )
    before = inputs()
    assert filled() == {"2026-05-01": 0, "2026-06-01": 0}
    for names in (["azure_cost", "azure_prices"], ["azure_cost"]):
        former = inputs()
        settings = landed(tmp_path, *names)
        pairs = differing(former, inputs())
        assert pairs == [("azure_cost", "2026-05-01")]
        build(settings, "run", "--select", "int_azure_sheet_prices", rebuild=json.dumps(pairs))
        found = filled()
        assert (found.pop("2026-05-01") > 100) is (len(names) == 2)
        assert found == {"2026-06-01": 0}
    assert inputs() == before


def test_what_a_commitment_was_paid_is_used_or_unused_over_its_life(built: duckdb.DuckDBPyConnection) -> None:
    """A returned reservation: what was paid less what came back is what it cost while it lasted, exactly."""
    rows = built.execute(
        "select commitment_key, sum(upfront_billed_cost) - sum(refunded_cost), sum(net_amortized_upfront_cost) "
        "from commitments where commitment_key = 'azure-returned' group by all"
    ).fetchall()
    [(_, paid, amortized)] = rows
    assert paid == amortized > 0


def test_the_bridge_from_billed_to_effective_cost_holds(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select billed_cost - upfront_billed_cost + amortized_upfront_cost - effective_cost from totals"
    ).fetchall()
    assert {row[0] for row in rows} == {0}


def test_each_commitment_is_used_and_unused_as_in_truth(built: duckdb.DuckDBPyConnection) -> None:
    wrong = built.execute(f"""
        with ours as (
            select billing_month, commitment_discount_id as commitment_id,
                sum(effective_cost) filter (commitment_discount_status = 'Used') as used_cost,
                sum(effective_cost) filter (commitment_discount_status = 'Unused') as unused_cost,
                count(*) as line_count
            from finops_intermediate.int_azure_to_focus where commitment_discount_status is not null group by all
        )
        select * from ours full join commitments as c using (billing_month, commitment_id)
        where abs(coalesce(ours.used_cost, 0) - c.used_cost) > {PER_LINE} * ours.line_count
            or abs(coalesce(ours.unused_cost, 0) - c.unused_cost) > {PER_LINE} * ours.line_count
            or (ours.line_count is null and c.committed_cost <> 0) or c.committed_cost is null
    """).fetchall()
    assert wrong == []


def test_raw_less_what_is_no_bill_is_what_is_billed_and_no_line_is_lost(built: duckdb.DuckDBPyConnection) -> None:
    [(raw, unbilled, rows, merged)] = built.execute(
        "select sum(charged_cost), sum(unbilled_cost), count(*), countif(is_merged) "
        "from finops_intermediate.int_azure_lines"
    ).fetchall()
    [(billed, kept)] = built.execute(
        "select sum(billed_cost), count(*) from finops_intermediate.int_azure_to_focus"
    ).fetchall()
    assert raw - unbilled == billed
    assert rows - merged == kept
    assert merged > 1000


def test_resources_have_one_id_a_service_a_place_and_an_owner(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute("""
        select resource_name, count(distinct resource_id), count(distinct service_name), min(region_id),
            min(tags['team'])
        from finops_intermediate.int_azure_to_focus where line_item_type = 'Usage' group by all order by all
    """).fetchall()
    assert len(rows) == 8
    assert {row[1:4] for row in rows} == {(1, 1, "westeurope")}
    assert [row[0] for row in rows if row[4] is None] == ["edge"]


def test_the_same_parameters_give_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        written(tmp_path / name, 5, "2026-05", 2)
        files = sorted(path for path in (tmp_path / name / "exports").rglob("*") if path.is_file())
        digests.append(hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest())
    assert digests[0] == digests[1]
