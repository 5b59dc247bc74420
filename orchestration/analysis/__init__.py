"""What is computed in Python from the marts: the step between the two halves of the build.

dbt builds everything that does not read the source `analysis`; then each analysis reads marts through a `Warehouse` and
gives tables, which become the relations `finops_analysis.<name>`; then dbt builds what reads them. Nothing is written
elsewhere: what has to survive is kept by the publication that shows it (`orchestration/kept.py`), so that a run that
does not publish leaves no trace. An analysis may put what saves it work into its cache, which may be deleted any time.

Belongs here: what an analysis is, the list of them, running them. Each has a module or package of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration.analysis.workers import Workers

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.analysis.warehouse import Warehouse
    from orchestration.doors.checks import CheckResult
    from orchestration.settings import Settings

SOURCE = "analysis"
"""The dbt source, whose relations stand in the schema `finops_analysis`."""


@dataclass(frozen=True)
class Context:
    """What an analysis works with."""

    warehouse: Warehouse
    as_of: datetime
    """The moment the numbers speak of, naive UTC."""
    publication_id: str
    """The publication that this is computed for."""
    cache: Path
    """A folder of its own; what is in it only saves time."""
    checks: Sequence[CheckResult] = ()
    """What was checked in this run until now."""
    workers: Workers = field(default_factory=Workers)
    """Who computes what takes long."""


@dataclass(frozen=True)
class Analysis:
    """Reads marts, gives tables. `compute` is called with nothing but a context; the same context gives the same."""

    name: str
    reads: tuple[str, ...]
    """The dbt models that it reads, for the lineage."""
    tables: Mapping[str, pa.Schema]
    """What it gives: the relations of the source `analysis`, by name."""
    compute: Callable[[Context], dict[str, pa.Table]]


def analyses() -> tuple[Analysis, ...]:
    """List the analyses, in the order in which they run; each is imported only when they are asked for."""
    from orchestration.analysis.anomaly.watch import ANOMALY_ANALYSIS  # noqa: PLC0415 - numpy only where it is used
    from orchestration.analysis.checks import CHECKS  # noqa: PLC0415
    from orchestration.analysis.forecast.tables import FORECAST  # noqa: PLC0415

    return (ANOMALY_ANALYSIS, FORECAST, CHECKS)


def tables() -> dict[str, pa.Schema]:
    """Give the relations of the source `analysis` with their columns."""
    return {name: schema for analysis in analyses() for name, schema in analysis.tables.items()}


def create_empty(warehouse: Warehouse) -> None:
    """Create every relation of the source `analysis` that is not there yet, without rows, so that dbt can read it."""
    there = warehouse.relations(SOURCE)
    for name, schema in tables().items():
        if name not in there:
            warehouse.write(name, schema.empty_table())


def analyze(
    settings: Settings,
    warehouse: Warehouse,
    env: Mapping[str, str],
    folder: str,
    say: Callable[[str], None],
    checks: Sequence[CheckResult] = (),
) -> list[str]:
    """Run all analyses of a build over what its first half built; returns the names of the tables.

    `env` is what dbt was told (FINOPS_AS_OF, FINOPS_PUBLICATION_ID); `folder` holds their caches, beside the build.
    """
    as_of, caches = datetime.fromisoformat(env["FINOPS_AS_OF"]), settings.build_dir / folder
    with Workers(settings.threads) as workers:
        told = (checks, workers)
        return run_analyses(
            lambda name: Context(warehouse, as_of, env["FINOPS_PUBLICATION_ID"], caches / name, *told), say
        )


def run_analyses(context_of: Callable[[str], Context], say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Run all analyses and write their tables; returns the names of the tables. `context_of` gives each its context."""
    written = []
    for analysis in analyses():
        context = context_of(analysis.name)
        context.cache.mkdir(parents=True, exist_ok=True)
        say(f"  {analysis.name}")
        found = analysis.compute(context)
        for name, schema in analysis.tables.items():
            context.warehouse.write(name, found[name].select(schema.names).cast(schema))
            written.append(name)
    return written
