"""The dbt project is parsed once for all homes, and again when anything changed that it is made of."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestration import dbt, manifest
from orchestration.errors import FinopsError
from orchestration.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Callable[[str], Settings]:
    """Make a project of one model, and give homes that build it."""
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("{name: small, version: '1.0.0', profile: finops, config-version: 2}")
    (project / "profiles.yml.example").write_bytes((PROJECT / "profiles.yml.example").read_bytes())
    (project / "models" / "ones.sql").write_text("select 1 as one")
    return lambda name: replace(Settings.from_env({"FINOPS_HOME": str(tmp_path / name)}), project_dir=project)


def names(settings: Settings) -> set[str]:
    """Name the models, as the asset graph and as dbt find them, which has to be the same."""
    manifest._parsed.clear()  # noqa: SLF001 - as in a process of its own
    found = {node["name"] for node in manifest.load_manifest(settings)["nodes"].values()}
    assert found == {node.name for node in manifest.parsed_manifest(settings).nodes.values()}
    return found


def test_another_home_does_not_parse_again(home: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(home("first")) == {"ones"}
    monkeypatch.setattr(manifest, "parse", None)
    assert names(home("second")) == {"ones"}
    with monkeypatch.context() as upgrade:
        upgrade.setattr(manifest, "version", lambda _: "99")  # macros of the adapter are parsed too
        with pytest.raises(TypeError):
            names(home("second"))
    monkeypatch.setenv("FINOPS_BIGQUERY_PROJECT", "another")  # it names relations
    with pytest.raises(TypeError):
        names(home("second"))


def test_what_changed_is_parsed_again(home: Callable[[str], Settings]) -> None:
    settings = home("first")
    assert names(settings) == {"ones"}
    (settings.project_dir / "models" / "twos.sql").write_text("select 2 as two")
    assert names(settings) == {"ones", "twos"}


def test_where_nobody_may_write_the_home_keeps_it(
    home: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home("first")
    may = os.access
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK and may(path, mode))
    assert names(settings) == {"ones"}
    assert not (settings.project_dir / "target").exists()
    assert (settings.home / "dbt" / "parsed").is_dir()


def test_a_parse_that_was_stopped_half_way_is_done_again(
    home: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home("first")
    assert names(settings) == {"ones"}
    (settings.project_dir / "models" / "twos.sql").write_text("select 2 as two")

    def stopped(_: Settings, folder: Path) -> None:
        (folder / "manifest.json").write_text('{"nodes": {"model.small.ones": {"na')
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manifest, "parse", stopped)
        with pytest.raises(KeyboardInterrupt):
            names(settings)
    (settings.project_dir / "models" / "twos.sql").unlink()
    assert names(settings) == {"ones"}


def test_what_dbt_makes_of_a_former_parse_stops_nobody(
    home: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has taken one unit test for two after a pull, in every run from then on, until somebody deleted `target`."""
    settings, invoke = home("first"), dbt._invoke  # noqa: SLF001 - where dbt begins
    assert names(settings) == {"ones"}
    (kept,) = (settings.project_dir / "target").rglob("partial_parse.msgpack")

    def misled(*_: Any, **__: Any) -> Any:  # noqa: ANN401
        if kept.is_file():
            return SimpleNamespace(success=False, exception=ValueError("two unit_tests with one name")), 0.0
        return invoke(*_, **__)

    (settings.project_dir / "models" / "twos.sql").write_text("select 2 as two")
    monkeypatch.setattr(dbt, "_invoke", misled)
    assert names(settings) == {"ones", "twos"}


def test_a_project_that_cannot_be_read_is_told(home: Callable[[str], Settings]) -> None:
    settings = home("first")
    assert names(settings) == {"ones"}
    (settings.project_dir / "models" / "twos.sql").write_text("select * from {{ ref('threes') }}")
    with pytest.raises(FinopsError, match="threes"):
        names(settings)
