"""The command that loads BigQuery, on the stand-in: files are loaded, Google's own table is read in place.

A server of its own, since the whole project's pass (`test_standin.py`) runs only where models have changed.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from dbt.adapters.bigquery import credentials as bigquery_credentials
from google.cloud import bigquery

from orchestration.bigquery import client_of, credentials_of
from orchestration.bigquery_load import load_and_build, main
from orchestration.errors import FinopsError
from orchestration.landing import load_ledger
from orchestration.settings import Settings
from tests.environments import leave_out
from tests.python.landing import gcp_lines as gcp
from tests.python.landing.world import World

from . import compiled
from .export_table import FIELDS, TABLE
from .standin import environment
from .standin.server import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OCTOBER, NOVEMBER, DECEMBER = (dt.date(2026, month, 1) for month in (10, 11, 12))
LINES = [
    gcp.line(credits=[{"name": "Trial", "amount": -0.25, "type": "PROMOTION"}]),
    gcp.line(cost=2.5, labels=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
    gcp.line(invoice={"month": "202611"}, cost=4.125, export_time="2026-11-03 12:00:00 UTC"),
]


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    try:
        environment.ensure()
    except environment.NoPythonError as error:
        leave_out(str(error))
    with StandIn(tmp_path_factory.mktemp("standin"), project=compiled.STANDIN_PROJECT) as running:
        yield running


class Cloud(World):
    """A world whose target is the stand-in, with Google's table there."""

    def connect(self, standin: StandIn) -> None:
        """Point the settings at the stand-in."""
        profiles = compiled.write_profiles(self.root / "profiles", endpoint=standin.endpoint)
        for name in ("models", "macros", "seeds", "orchestration"):
            (profiles / name).mkdir(exist_ok=True)
        (profiles / "dbt_project.yml").touch()
        self.settings = replace(self.settings, project_dir=profiles, target="bigquery")
        self.client = client_of(credentials_of(self.settings))

    def write_table(self, lines: list[dict[str, Any]]) -> None:
        """Replace the rows of the customer's table."""
        self.client.create_dataset(TABLE.split(".")[1], exists_ok=True)
        options = bigquery.LoadJobConfig(schema=FIELDS, write_disposition="WRITE_TRUNCATE")
        rows = [{field.name: line[field.name] for field in FIELDS} for line in lines]
        self.client.load_table_from_json(rows, TABLE, job_config=options).result()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the stand-in."""
        return [tuple(row.values()) for row in self.client.query_and_wait(sql)]

    def ids(self) -> dict[dt.date, str]:
        """Give the delivery of Google's that counts for each month."""
        current = load_ledger(self.settings).current()
        return {month: item.delivery_id for (name, month), item in current.items() if name == "google"}


@pytest.fixture
def cloud(standin: StandIn, tmp_path: Path) -> Cloud:
    world = Cloud(tmp_path)
    world.connect(standin)
    world.sources = [{"name": "google", "format": "gcp_billing", "uri": f"bigquery://{TABLE}"}]
    gcp.write_parquet(world.source("gcp_billing", "files") / "a.parquet", [gcp.line(cost=8.0)])
    world.write_table(LINES)
    return world


def test_a_table_is_read_in_place_beside_loaded_files(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_and_build(cloud.settings)
    said = capsys.readouterr().out
    assert "google 2026-10: 2 lines, read in place" in said
    assert "FINOPS_REBUILD=all .venv/bin/dbt build --target bigquery" in said
    first = cloud.ids()
    assert set(first) == {OCTOBER, NOVEMBER}

    rows = cloud.ask(
        "select source_name, billing_month, delivery_id, count(*), sum(cost) from finops_raw.gcp_billing "
        "group by 1, 2, 3 order by 1 desc, 2"
    )
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("google", OCTOBER, 2, Decimal("3.75")),
        ("google", NOVEMBER, 1, Decimal("4.125")),
        ("files", OCTOBER, 1, Decimal(8)),
    ]
    assert {row[1]: row[2] for row in rows if row[0] == "google"} == first
    costs = "select billing_month, row_count, amount_count, delivered_cost, raw_cost from finops_raw.delivery_costs"
    assert cloud.ask(f"{costs} where source_name = 'google' order by 1") == [
        (OCTOBER, 2, 3, Decimal("3.5"), Decimal("3.5")),
        (NOVEMBER, 1, 1, Decimal("4.125"), Decimal("4.125")),
    ]

    load_and_build(cloud.settings)
    assert cloud.ids() == first, "nothing has changed"

    # November gets a line and October a correction of the same size; December is new.
    late = gcp.line(cost=-1.0, export_time="2026-11-20 12:00:00 UTC")
    december = gcp.line(invoice={"month": "202612"}, cost=1.0)
    cloud.write_table([*LINES, late, december])
    capsys.readouterr()
    load_and_build(cloud.settings)
    second = cloud.ids()
    assert second[NOVEMBER] == first[NOVEMBER]
    assert second[OCTOBER] != first[OCTOBER]
    assert json.loads((cloud.settings.build_dir / "bigquery.json").read_text())["unbuilt"] is None, "never built yet"
    assert cloud.ask("select sum(cost) from finops_raw.gcp_billing where source_name = 'google'") == [
        (Decimal("7.875"),)
    ]

    built: list[dict[str, str]] = []

    def build(_: object, args: list[str], env: dict[str, str], **__: object) -> object:
        built.append({"args": " ".join(args), **env})
        return type("Outcome", (), {"success": True})()

    monkeypatch.setattr("orchestration.bigquery_load.run_dbt", build)
    monkeypatch.setattr("orchestration.analysis.analyses", tuple)  # they read what dbt builds
    load_and_build(cloud.settings, build=True)
    assert built[-1]["FINOPS_REBUILD"] == "all"
    cloud.write_table([*LINES, late])
    capsys.readouterr()
    load_and_build(cloud.settings)
    said = capsys.readouterr().out
    assert f'FINOPS_REBUILD=\'[["google", "{DECEMBER}"]]\'' in said, "what was loaded since the last build"
    assert "has no line of 2026-12 any more" in said
    load_and_build(cloud.settings, build=True)
    assert json.loads(built[-1]["FINOPS_REBUILD"]) == [["google", DECEMBER.isoformat()]]
    load_and_build(cloud.settings)
    assert "Nothing is new since the last build" in capsys.readouterr().out


def test_a_table_that_is_not_there_is_said_and_files_load(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    # The stand-in, unlike BigQuery, does not know a view whose table has gone.
    cloud.client.delete_table(f"{cloud.client.project}.finops_raw.gcp_billing", not_found_ok=True)
    cloud.client.delete_table(TABLE)
    load_and_build(cloud.settings)
    assert f"there is no table {TABLE} on BigQuery" in capsys.readouterr().err
    assert cloud.ask("select count(*) from finops_raw.gcp_billing where source_name = 'files'") == [(1,)]


def test_on_duckdb_the_export_is_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sources = [{"name": "google", "format": "gcp_billing", "uri": f"bigquery://{TABLE}"}]
    world.write_sources()
    with pytest.raises(FinopsError, match=r"read in place with FINOPS_TARGET=bigquery alone.*EXPORT DATA"):
        world.land()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"format": "focus"}, "only gcp_billing is read from a table in place"),
        ({"uri": "bigquery://billing.table"}, "must be written as bigquery://project.dataset.table"),
        ({"corrections": "delta"}, "leave out corrections"),
    ],
)
def test_what_cannot_be_read_in_place_is_said(tmp_path: Path, entry: dict[str, str], words: str) -> None:
    world = World(tmp_path)
    world.sources = [{"name": "google", "format": "gcp_billing", "uri": f"bigquery://{TABLE}", **entry}]
    world.write_sources()
    with pytest.raises(FinopsError, match=words):
        world.land(target="bigquery")


def test_the_command_asks_for_its_engine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINOPS_TARGET", "duckdb")
    assert main([]) == 1
    assert "FINOPS_TARGET is not 'bigquery'" in capsys.readouterr().err


def test_who_is_not_logged_in_is_told_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_env({"FINOPS_HOME": str(tmp_path), "FINOPS_TARGET": "bigquery"})
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "no_key.json"))
    bigquery_credentials._create_bigquery_defaults.cache_clear()  # noqa: SLF001 - who logged in before, in this process
    with pytest.raises(FinopsError, match=r"does not let us in: .* Log in .gcloud auth application-default login"):
        client_of(credentials_of(settings))
