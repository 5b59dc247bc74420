"""The laws of the house, read off dbt's manifest and the files: direction, grain, one engine file, contracts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.formats.facts import FACTS
from orchestration.formats.focus_datasets import PUBLISHED_AS
from orchestration.manifest import load_manifest
from orchestration.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
# what each layer may read, besides itself where the layer works step by step
READS = {
    "staging": {"raw"},
    "intermediate": {"raw", "staging", "intermediate", "seed"},
    "marts": {"intermediate", "marts", "seed", "analysis"},
    "kpis": {"marts", "kpis", "ops", "seed"},
    "ops": {"raw", "staging", "intermediate", "marts", "kpis", "ops", "seed", "analysis"},
    "published": {"marts", "kpis", "ops"},
}
# the one line-level interface; and snapshots of facts, which are shown as the company or the provider wrote them
SHOWN = [*(f"stg_facts__{name}" for name in FACTS), *(f"stg_focus__{name}" for name in PUBLISHED_AS.values())]
ALSO = {("published", name) for name in ("int_focus_lines", "int_late_lines", *SHOWN)}
# the rules and the books, which lie beside the raw data
INTERMEDIATE_RAW = re.compile(r"late_entries|closed_rates|rule_\w+")
PREFIX = {"staging": "stg_", "intermediate": "int_", "kpis": "kpi_"}
CONTRACTED = {"marts", "kpis", "published"}
# 24 decimals, before any rounding; 12 decimals, so that weak currencies keep their digits
EXACT = {"delivered_cost", "residue_cost", "exchange_rate", "former_exchange_rate"}
LONGEST_MODEL = 170  # int_aws_to_focus maps 74 columns; everything else stays below 125
ENGINE_WORDS = re.compile(r"target\.type|adapter\.|read_parquet|\bexclude\s*\(|unnest\(generate_", re.IGNORECASE)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All models of the project by name."""
    home = tmp_path_factory.mktemp("house")
    manifest = load_manifest(Settings.from_env({"FINOPS_HOME": str(home)}))
    return {
        node["name"]: node | {"sources": manifest["sources"], "all": manifest["nodes"]}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def layer(node: dict[str, Any]) -> str:
    """Name the layer of a model: the first folder."""
    return node["path"].split("/")[0]


def parents(node: dict[str, Any]) -> list[tuple[str, str]]:
    """List what a model reads as (layer, name)."""
    found = []
    for unique_id in node["depends_on"]["nodes"]:
        if unique_id in node["sources"]:
            found.append((node["sources"][unique_id]["source_name"], node["sources"][unique_id]["name"]))
        elif node["all"][unique_id]["resource_type"] == "seed":
            found.append(("seed", node["all"][unique_id]["name"]))
        else:
            found.append((layer(node["all"][unique_id]), node["all"][unique_id]["name"]))
    return found


def test_data_flows_one_way(models: dict[str, Any]) -> None:
    wrong = [
        f"{name} ({layer(node)}) reads {parent} ({source})"
        for name, node in models.items()
        for source, parent in parents(node)
        if source not in READS[layer(node)] and (layer(node), parent) not in ALSO
    ]
    assert wrong == []


def test_intermediate_reads_of_raw_only_the_rules(models: dict[str, Any]) -> None:
    wrong = [
        f"{name} reads raw {parent}"
        for name, node in models.items()
        if layer(node) == "intermediate"
        for source, parent in parents(node)
        if source == "raw" and not INTERMEDIATE_RAW.fullmatch(parent)
    ]
    assert wrong == []


@pytest.mark.parametrize("fact", FACTS)
def test_the_models_of_a_fact_have_its_columns_and_key(models: dict[str, Any], fact: str) -> None:
    columns = ["source_name", "delivery_id", *FACTS[fact].by_name]
    staging = yaml.safe_load((PROJECT / f"models/staging/facts/stg_facts__{fact}.yml").read_text())["models"][0]
    assert [column["name"] for column in staging["columns"]] == columns
    assert staging["data_tests"] == [{"unique_grain": {"arguments": {"columns": list(FACTS[fact].key)}}}]
    assert list(models[fact]["columns"]) == columns


def test_every_description_begins_with_the_grain(models: dict[str, Any]) -> None:
    assert [name for name, node in models.items() if not node["description"].startswith("One row per ")] == []


def test_every_column_is_described(models: dict[str, Any]) -> None:
    wrong = [name for name, node in models.items() if not node["columns"]]
    wrong += [
        f"{name}.{column}"
        for name, node in models.items()
        for column, entry in node["columns"].items()
        if not entry["description"].strip()
    ]
    assert wrong == []


def test_what_outsiders_read_has_a_contract(models: dict[str, Any]) -> None:
    wrong = [
        name
        for name, node in models.items()
        if layer(node) in CONTRACTED and not node["config"]["contract"]["enforced"]
    ]
    assert wrong == []


def test_names_tell_the_layer_and_the_type(models: dict[str, Any]) -> None:
    wrong = [name for name, node in models.items() if not name.startswith(PREFIX.get(layer(node), ""))]
    wrong += [name for name, node in models.items() if layer(node) == "marts" and name[:4] not in {"fct_", "dim_"}]
    types = {"_id": "string", "_date": "date", "_month": "date", "_at": "timestamp"}
    types |= dict.fromkeys(("_cost", "_quantity", "_price", "_share", "_rate"), "numeric(38, 9)")
    for name, node in models.items():
        for column, entry in node["columns"].items():
            suffix = next((ending for ending in types if column.endswith(ending)), None)
            told = entry.get("data_type")
            exact = column in EXACT
            if suffix and told and told != types[suffix] and not exact:
                wrong.append(f"{name}.{column} is {told}")
    assert wrong == []


def test_no_model_asks_where_it_is(models: dict[str, Any]) -> None:
    assert [name for name, node in models.items() if ENGINE_WORDS.search(node["raw_code"])] == []


def test_only_one_macro_file_knows_the_engine() -> None:
    knowing = [path.name for path in (PROJECT / "macros").rglob("*.sql") if "adapter.dispatch" in path.read_text()]
    assert knowing == ["engine.sql"]


def test_each_model_has_a_yaml_beside_it_and_one_job(models: dict[str, Any]) -> None:
    for name, node in models.items():
        path = PROJECT / node["original_file_path"]
        assert path.with_suffix(".yml").is_file(), name
        assert len(path.read_text().splitlines()) <= LONGEST_MODEL, name


def test_ids_are_text_and_money_is_no_float(models: dict[str, Any]) -> None:
    wrong = [
        f"{name}.{column}"
        for name, node in models.items()
        for column, entry in node["columns"].items()
        if re.search(r"float|double|real", entry.get("data_type") or "")
    ]
    assert wrong == []
