"""The profile that dbt is given: what it says to DuckDB can be said again for every model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jinja2 import Environment

PROJECT = Path(__file__).resolve().parents[3]


def target(home: Path) -> dict[str, Any]:
    """Render the profile as dbt does, with room for 100 MB."""
    given = {"FINOPS_HOME": str(home), "FINOPS_MEMORY_LIMIT": "100MB"}
    jinja = Environment(autoescape=False)
    jinja.filters["as_number"] = int
    text = jinja.from_string((PROJECT / "profiles.yml.example").read_text()).render(env_var=given.get)
    return yaml.safe_load(text)["finops"]["outputs"]["duckdb"]


def settle(con: duckdb.DuckDBPyConnection, profile: dict[str, Any]) -> None:
    """Say the settings, as dbt does before each model."""
    for name, value in profile["settings"].items():
        con.execute(f"set {name} = '{value}'")


def test_a_model_that_spills_does_not_end_the_build(tmp_path: Path) -> None:
    profile = target(tmp_path)
    (tmp_path / "build").mkdir()
    with duckdb.connect(profile["path"], config=profile["config_options"]) as con:
        settle(con, profile)
        con.execute("create table sorted as select md5(i::varchar) as k from range(3_000_000) as r (i) order by k")
        assert con.execute("select count(*) from sorted").fetchall() == [(3_000_000,)]
        settle(con.cursor(), profile)
        with pytest.raises(duckdb.Error, match="temporary directory"):
            con.execute(f"set temp_directory = '{tmp_path / 'other'}'")
