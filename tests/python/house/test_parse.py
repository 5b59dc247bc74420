"""The dbt project is parsed once for all homes, and again when anything changed that it is made of."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration import manifest
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


def test_what_is_said_of_a_test_is_known_after_a_model_has_gone(home: Callable[[str], Settings]) -> None:
    """What dbt keeps of a former parse lacks it then."""
    settings = home("first")
    tests = settings.project_dir / "tests"
    tests.mkdir()
    (tests / "holds.sql").write_text("select 1 as one from {{ ref('ones') }} where false")
    (tests / "holds.yml").write_text("{version: 2, data_tests: [{name: holds, description: It holds}]}")

    def said() -> str:
        manifest._parsed.clear()  # noqa: SLF001 - as in a process of its own
        return manifest.load_manifest(settings)["nodes"]["test.small.holds"]["description"]

    gone = settings.project_dir / "models" / "zeros.sql"
    gone.write_text("select 0 as zero")
    (settings.project_dir / "models" / "ones.sql").write_text("select zero + 1 as one from {{ ref('zeros') }}")
    assert said() == "It holds"
    gone.unlink()
    (settings.project_dir / "models" / "ones.sql").write_text("select 1 as one")
    assert said() == "It holds"


def test_a_project_that_cannot_be_read_is_told(home: Callable[[str], Settings]) -> None:
    settings = home("first")
    assert names(settings) == {"ones"}
    (settings.project_dir / "models" / "twos.sql").write_text("select * from {{ ref('threes') }}")
    with pytest.raises(FinopsError, match="threes"):
        names(settings)
