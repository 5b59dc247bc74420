"""What is rebuilt: the difference between the ledger and what readers see, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from orchestration import rebuild
from orchestration.dbt import run_dbt
from orchestration.manifest import load_manifest
from orchestration.settings import Settings

from .company import Company

FORMER = "20260901T000000.000Z"
NEXT = "20260902T000000.000Z"


class World:
    """A published home without any data."""

    def __init__(self, root: Path) -> None:
        """Nothing is published yet."""
        self.settings = Settings(root, root / "home", root / "sources.yml", root / "rules")
        (root / "rules").mkdir()
        (root / "models").mkdir()
        self.settings.build_dir.mkdir(parents=True)
        duckdb.connect(str(self.settings.build_db)).close()
        self.current = {("a", date(2026, 8, 1)): "d1", ("a", date(2026, 9, 1)): "d2", ("b", date(2026, 9, 1)): "d3"}

    @property
    def ledger(self) -> Any:  # noqa: ANN401 - as much of a ledger as is looked at
        """The ledger over `current`."""
        deliveries = {
            key: SimpleNamespace(source_name=key[0], billing_month=key[1], delivery_id=name, arrival=1)
            for key, name in self.current.items()
        }
        return SimpleNamespace(
            current=lambda: deliveries,
            deliveries=list(deliveries.values()),
            facts=[],
            rejections=[],
            pending=[],
            closes=[],
            closed=dict,
            parts=lambda delivery: [delivery],
        )

    def plan(self) -> rebuild.Plan:
        """Plan over the ledger as it is now."""
        return rebuild.make_plan(self.settings, self.ledger)

    def publish(self, publication_id: str = FORMER, *, finish: bool = True) -> None:
        """Pretend that the ledger was built and published."""
        plan = self.plan()
        rebuild.begin(self.settings, plan, publication_id)
        folder = self.settings.publications_dir / publication_id
        folder.mkdir(parents=True)
        hashes = {"rules_hash": plan.rules_hash, "project_hash": plan.project_hash}
        (folder / "publication.json").write_text(json.dumps({"id": publication_id, "inputs": plan.inputs} | hashes))
        self.settings.published_link.unlink(missing_ok=True)
        self.settings.published_link.symlink_to(folder)
        if finish:
            rebuild.finish(self.settings, plan, publication_id)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a home whose ledger is published."""
    world = World(tmp_path)
    world.publish()
    return world


def test_nothing_new(world: World) -> None:
    assert not world.plan().needed


def test_the_first_time_everything(tmp_path: Path) -> None:
    plan = World(tmp_path).plan()
    assert (plan.needed, plan.pairs, plan.variable) == (True, None, "all")


def test_refreshed_new_and_gone_months(world: World) -> None:
    world.current[("a", date(2026, 9, 1))] = "d9"
    world.current[("a", date(2026, 10, 1))] = "d4"
    del world.current[("b", date(2026, 9, 1))]
    plan = world.plan()
    assert plan.pairs == [("a", "2026-09-01"), ("a", "2026-10-01"), ("b", "2026-09-01")]
    assert json.loads(plan.variable) == [list(pair) for pair in plan.pairs]
    assert plan.changed_months == {"2026-09-01", "2026-10-01"}


def test_news_of_the_ledger_alone_touch_no_month(world: World) -> None:
    ledger = world.ledger
    ledger.rejections.append(SimpleNamespace(source_name="b", rejection_id="r1"))
    plan = rebuild.make_plan(world.settings, ledger)
    assert (plan.needed, plan.pairs, plan.variable) == (True, [], "[]")


def test_an_acknowledged_alert_touches_no_month(world: World) -> None:
    (world.settings.rules_dir / "alert_acknowledgements.csv").write_text("x")
    plan = world.plan()
    assert (plan.needed, plan.pairs) == (True, [])


@pytest.mark.parametrize(
    "file", ["rules/teams.csv", "models/a.sql", "orchestration/landing/nested.py", "orchestration/landing/take.py"]
)
def test_rules_and_models_rebuild_everything(world: World, file: str) -> None:
    path = world.settings.project_dir / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert world.plan().pairs is None


def test_what_an_unfinished_build_touched_is_built_again(world: World) -> None:
    world.current[("a", date(2026, 8, 1))] = "d7"
    rebuild.begin(world.settings, world.plan(), NEXT)
    world.current[("b", date(2026, 9, 1))] = "d8"
    assert world.plan().pairs == [("a", "2026-08-01"), ("b", "2026-09-01")]
    world.current[("a", date(2026, 8, 1))] = "d1"  # as published, but the build database is not
    assert world.plan().pairs == [("a", "2026-08-01"), ("b", "2026-09-01")]


def test_killed_between_the_swap_and_the_note(world: World) -> None:
    world.current[("a", date(2026, 8, 1))] = "d7"
    world.publish(NEXT, finish=False)
    assert world.plan().pairs == []  # at most the small relations once more


@pytest.mark.parametrize("damage", ["state", "database", "garbage"])
def test_a_lost_build_is_made_anew_when_something_is_new(world: World, damage: str) -> None:
    if damage == "state":
        (world.settings.build_dir / "state.json").write_text("{")
    elif damage == "database":
        world.settings.build_db.unlink()
    else:
        world.settings.build_db.write_bytes(b"no database" * 1000)
    world.current[("a", date(2026, 8, 1))] = "d7"
    assert world.plan().pairs is None


def months_by_relation(company: Company, names: list[str]) -> dict[str, set[str]]:
    """Say which billing months each stored relation holds."""
    with duckdb.connect(str(company.settings.build_db), read_only=True) as con:
        return {
            name: {
                row[0] for row in con.execute(f"select distinct cast(billing_month as varchar) from {name}").fetchall()
            }
            for name in names
        }


def test_stored_months_are_computed_only_where_a_build_lists_them(company: Company) -> None:
    nodes = load_manifest(company.settings)["nodes"].values()
    stored = sorted(
        f"{node['schema']}.{node['name']}"
        for node in nodes
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    )
    before = months_by_relation(company, stored)
    held = {name: months for name, months in before.items() if months}
    assert {"finops_intermediate.int_charges_daily", "finops_intermediate.int_bridge_months"} <= held.keys()
    with duckdb.connect(str(company.settings.build_db)) as con:
        for name in stored:
            con.execute(f"delete from {name}")
    args = ["run", "--select", "+config.materialized:incremental"]
    for listed, expected in ([], set()), ([["saas", "2026-09-01"]], {"2026-09-01"}):
        assert run_dbt(company.settings, args, {"FINOPS_REBUILD": json.dumps(listed)}).success
        assert months_by_relation(company, stored) == {name: before[name] & expected for name in stored}
