"""The assets that the graph shows: one per source, one per dbt model and seed, the publication; and their checks.

Belongs here: names, groups, lineage and partitions, made from `sources.yml` and dbt's manifest. Nothing is executed
here; the job that brings them up to date is in `job.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration import analysis
from orchestration.formats.snapshots import SNAPSHOTS

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources import Source

MONTH_FORMAT = "%Y-%m"
PUBLICATION = dg.AssetKey("publication")
FRONT_DOOR, BACK_DOOR, LAST_HOP = "front_door", "back_door", "last_hop"
_RESOURCES = ("model", "seed")


@dataclass(frozen=True)
class Catalog:
    """All assets and checks, and how to find them by what dbt and `sources.yml` call them."""

    landing: dict[str, dg.AssetSpec]
    """By source name."""
    models: dict[str, dg.AssetSpec]
    """By dbt's unique id."""
    analyses: dict[str, dg.AssetSpec]
    """By the name of the relation."""
    publication: dg.AssetSpec
    tests: dict[str, dg.AssetCheckSpec]
    """By dbt's unique id."""
    doors: list[dg.AssetCheckSpec]
    months: dg.PartitionsDefinition = field(repr=False)

    @property
    def specs(self) -> list[dg.AssetSpec]:
        """All assets."""
        return [*self.landing.values(), *self.models.values(), *self.analyses.values(), self.publication]

    @property
    def check_specs(self) -> list[dg.AssetCheckSpec]:
        """All checks."""
        return [*self.tests.values(), *self.doors]


def build_catalog(settings: Settings, sources: list[Source], manifest: dict[str, Any]) -> Catalog:
    """Make the assets of these sources and this dbt project."""
    months = dg.MonthlyPartitionsDefinition(start_date=_first_month(settings), fmt=MONTH_FORMAT, end_offset=1)
    landing = {source.name: _landing(source, months) for source in sources}
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in _RESOURCES}
    models = {key: _model(node, nodes, manifest["sources"], sources, months) for key, node in nodes.items()}
    analyses = _analyses({node["name"]: spec.key for node, spec in zip(nodes.values(), models.values(), strict=True)})
    shown = [spec.key for key, spec in models.items() if nodes[key]["fqn"][1] == "published"]
    publication = dg.AssetSpec(
        PUBLICATION,
        deps=shown,
        group_name="publication",
        description="What BI tools read: `published/finops.duckdb` and the Parquet files beside it, swapped as one.",
        kinds={"duckdb", "parquet"},
    )
    doors = [dg.AssetCheckSpec(FRONT_DOOR, asset=spec.key, blocking=True) for spec in landing.values()]
    doors += [dg.AssetCheckSpec(name, asset=PUBLICATION, blocking=True) for name in (LAST_HOP, BACK_DOOR)]
    return Catalog(landing, models, analyses, publication, dict(_tests(manifest, models)), doors, months)


def _first_month(settings: Settings) -> str:
    """Return the first month that can be shown: the oldest of the ledger, at the latest January of last year."""
    folders = (settings.state_dir / "deliveries").glob("*/[0-9]*")
    found = [folder.name[:7] for folder in folders if re.fullmatch(r"\d{4}-\d\d-01", folder.name)]
    return min([f"{datetime.now(UTC).year - 1}-01", *found])


def _landing(source: Source, months: dg.PartitionsDefinition) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["landing", source.name],
        group_name="raw",
        partitions_def=None if source.format in SNAPSHOTS else months,
        description=f"The deliveries of `{source.name}` ({source.format}), kept as they came, "
        + ("the newest one in use." if source.format in SNAPSHOTS else "one per billing month."),
        metadata={"uri": source.uri, "format": source.format},
        kinds={"parquet"},
    )


def _model(
    node: dict[str, Any],
    nodes: dict[str, dict[str, Any]],
    raw: dict[str, dict[str, Any]],
    sources: list[Source],
    months: dg.PartitionsDefinition,
) -> dg.AssetSpec:
    """Make the asset of a model or seed; its group is its layer."""
    deps: set[dg.AssetKey] = set()
    for key in node["depends_on"].get("nodes", []):
        if key in nodes:
            deps.add(_key(nodes[key]))
        elif key in raw and raw[key]["source_name"] == analysis.SOURCE:
            deps.add(dg.AssetKey([analysis.SOURCE, raw[key]["name"]]))
        elif key in raw:
            deps |= {dg.AssetKey(["landing", source.name]) for source in sources if _feeds(source, raw[key]["name"])}
    return dg.AssetSpec(
        _key(node),
        deps=sorted(deps),
        group_name=_layer(node),
        partitions_def=months,
        description=node["description"] or None,
        metadata={"materialized": node["config"].get("materialized", ""), "file": node["original_file_path"]},
        kinds={"dbt"},
    )


def _analyses(models: dict[str, dg.AssetKey]) -> dict[str, dg.AssetSpec]:
    """Make the asset of each relation that an analysis gives."""
    return {
        name: dg.AssetSpec(
            [analysis.SOURCE, name],
            deps=[models[model] for model in found.reads],
            group_name=analysis.SOURCE,
            description=f"What the analysis `{found.name}` computes from the marts.",
            kinds={"python"},
        )
        for found in analysis.analyses()
        for name in found.tables
    }


def _feeds(source: Source, relation: str) -> bool:
    """Tell whether a raw relation is made of a source: its format's lines, or the ledger, which knows all sources."""
    return relation == source.format or relation.startswith("deliver")


def _layer(node: dict[str, Any]) -> str:
    return "reference" if node["resource_type"] == "seed" else node["fqn"][1]


def _key(node: dict[str, Any]) -> dg.AssetKey:
    return dg.AssetKey([_layer(node), node["name"]])


def _tests(manifest: dict[str, Any], models: dict[str, dg.AssetSpec]) -> Iterator[tuple[str, dg.AssetCheckSpec]]:
    """Make a check of each data test, on the model that it is attached to, else on the last one that it reads."""
    reads = {key: manifest["nodes"][key]["depends_on"].get("nodes", []) for key in models}
    order = {key: place for place, key in enumerate(TopologicalSorter(reads).static_order())}
    taken: set[tuple[dg.AssetKey, str]] = set()
    for key, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "test" or not node["config"].get("enabled", True):
            continue
        read = [item for item in node["depends_on"]["nodes"] if item in models]
        attached = node.get("attached_node")
        model = attached if attached in models else max(read, key=order.__getitem__, default=None)
        if model is None:
            continue
        asset, name = models[model].key, re.sub(r"\W", "_", node["name"])
        if (asset, name) in taken:
            name = f"{name}_{key.rpartition('.')[2][:8]}"
        taken.add((asset, name))
        severity = str(node["config"].get("severity", "error")).lower()
        yield (
            key,
            dg.AssetCheckSpec(
                name,
                asset=asset,
                description=node["description"] or None,
                blocking=severity == "error",
                metadata={"file": node["original_file_path"]},
            ),
        )
