"""Kept relations: what a publication said for the first time, kept for ever, one Parquet file per publication.

What changed is computed by the build and shown by the publication itself; here its own part of that is put into the
state folder, once readers can see it, and read back for the next build as a raw relation. A run killed between the swap
and the file leaves nothing undone for good: the served publication still says what was new in it, and the next run
writes the file. A publication with nothing new leaves no file.

Belongs here: the files of all kept relations. What they mean is told by the models that read them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration import files
from orchestration.baselines import create_baselines
from orchestration.errors import FinopsError
from orchestration.landing.engine import first_line, identifier, literal, read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

_FILE = re.compile(r"\d{8}T\d{6}\.\d{3}Z\.v(\d+)\.parquet")


@dataclass(frozen=True)
class KeptRelation:
    """A raw relation that is fed by former publications.

    Its rows are those of the relation `published` whose `vintage_id` is the publication itself; in the raw relation
    that id is called `publication_id`, the first of its columns. A change of `columns` raises `version`.
    """

    name: str
    """Of the raw relation, and of the folder below `state`."""
    published: str
    columns: dict[str, str]
    """Name and DuckDB type of all columns but the first."""
    version: int = 1

    def folder(self, settings: Settings) -> Path:
        """Return where the files are."""
        return settings.state_dir / self.name


VINTAGES = KeptRelation(
    name="vintages",
    published="totals_as_published",
    columns={
        "known_start": "timestamp",
        "relation_name": "varchar",
        "measure": "varchar",
        "source_name": "varchar",
        "service_provider_name": "varchar",
        "item_type": "varchar",
        "item": "varchar",
        "posted_month": "date",
        "charge_month": "date",
        "billing_currency": "varchar",
        "value": "decimal(38, 9)",
    },
)
"""What each publication changed in the totals of the marts (`models/ops/totals_history.sql`)."""

KPI_HISTORY = KeptRelation(
    name="kpi_history",
    published="kpi_history",
    columns={
        "known_start": "timestamp",
        "kpi_id": "varchar",
        "variant": "varchar",
        "scope_type": "varchar",
        "scope_id": "varchar",
        "period_grain": "varchar",
        "period_start": "date",
        "currency": "varchar",
        "definition_version": "bigint",
        "numerator": "decimal(38, 9)",
        "denominator": "decimal(38, 9)",
        "value": "decimal(38, 9)",
        "status": "varchar",
    },
)
"""What each publication changed in the KPIs, by which definition (`models/ops/kpi_value_history.sql`)."""

DAY_TOTALS = KeptRelation(
    name="day_totals",
    published="day_totals_as_published",
    columns={
        "known_start": "timestamp",
        **dict.fromkeys(("source_name", "service_name", "billing_currency"), "varchar"),
        "charge_date": "date",
        "value": "decimal(38, 9)",
    },
)
"""What each publication changed in the cost of days (`models/ops/anomalies/day_totals_history.sql`)."""

ANOMALY_STATES = KeptRelation(
    name="anomaly_states",
    published="anomaly_states",
    columns={
        "known_at": "timestamp",
        "anomaly_id": "varchar",
        "anomaly_state": "varchar",
        "scope_type": "varchar",
        "scope_id": "varchar",
        "currency": "varchar",
        "direction": "varchar",
        "onset_date": "date",
        "flagged_date": "date",
        "anomaly_kind": "varchar",
        "impact_cost": "decimal(38, 9)",
        "anomaly_grain": "varchar",
        **dict.fromkeys(("onset_hour", "last_hour"), "timestamp"),
        "severity": "varchar",
        **dict.fromkeys(("expected_cost", "expected_low_cost", "expected_high_cost", "actual_cost"), "decimal(38, 9)"),
        **dict.fromkeys(("told_by_id", "source_name"), "varchar"),
    },
    version=2,
)
"""When each anomaly was first said, and what became of it (`models/ops/anomalies/anomaly_history.sql`)."""

ALERT_STATES = KeptRelation(
    name="alert_states",
    published="alerts",
    columns={
        **dict.fromkeys(("alert_id", "alert_kind", "severity", "alert_state", "scope_type", "scope_id"), "varchar"),
        **dict.fromkeys(("subject", "owner", "owner_contact", "currency"), "varchar"),
        **dict.fromkeys(("alert_value", "threshold_value", "impact_cost"), "decimal(38, 9)"),
        **dict.fromkeys(("title", "message", "link_query", "channel"), "varchar"),
        "refire_days": "bigint",
        **dict.fromkeys(("first_seen_at", "last_seen_at", "last_fired_at"), "timestamp"),
        "fire_count": "bigint",
        "resolved_at": "timestamp",
        "acknowledged_by": "varchar",
    },
)
"""What each publication said of the alerts that stood, or ended, in it (`models/ops/alerts/alert_history.sql`)."""

FORECASTS = KeptRelation(
    name="forecast_vintages",
    published="forecast_vintages",
    columns={
        "known_start": "timestamp",
        "period_grain": "varchar",
        "period_start": "date",
        "vintage_date": "date",
        "scope_type": "varchar",
        "scope_id": "varchar",
        "currency": "varchar",
        "lead_months": "bigint",
        "forecast_method": "varchar",
        "expected_cost": "decimal(38, 9)",
        "lower_80_cost": "decimal(38, 9)",
        "upper_80_cost": "decimal(38, 9)",
        "lower_95_cost": "decimal(38, 9)",
        "upper_95_cost": "decimal(38, 9)",
    },
)
"""Every forecast that was published (`models/ops/forecast_history.sql`)."""

KEPT: tuple[KeptRelation, ...] = (VINTAGES, DAY_TOTALS, KPI_HISTORY, ANOMALY_STATES, ALERT_STATES, FORECASTS)


def record_kept(settings: Settings) -> list[Path]:
    """Keep what the served publication said for the first time; returns the files that were written."""
    publication = settings.served_publication
    if publication is None:
        return []
    written = (_record(settings, relation, publication) for relation in KEPT)
    return [path for path in written if path]


def _record(settings: Settings, relation: KeptRelation, publication: Path) -> Path | None:
    target = relation.folder(settings) / f"{publication.name}.v{relation.version}.parquet"
    shown = publication / "parquet" / f"{relation.published}.parquet"
    kept = any(relation.folder(settings).glob(f"{publication.name}.v*.parquet"))
    if kept or not shown.exists():  # a publication from before there was this relation
        return None
    fresh = target.with_name(f".{target.name}.new")
    with duckdb.connect() as con:
        columns = ["vintage_id as publication_id", *map(identifier, relation.columns)]
        rows = _with_all({"vintage_id": "varchar", **relation.columns}, [shown])
        mine = f"from ({rows}) where vintage_id = {literal(publication.name)}"
        if con.execute(f"select count(*) {mine}").fetchone() == (0,):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy (select {', '.join(columns)} {mine} order by all) to {literal(str(fresh))} "
            f"(format parquet, compression zstd, kv_metadata {{schema_version: {literal(str(relation.version))}}})"
        )
    files.flush(fresh)
    fresh.replace(target)
    files.flush(target.parent)
    return target


def create_kept(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings) -> None:
    """Write the raw relations of everything that was ever kept."""
    for relation in KEPT:
        _create(connection, schema, settings, relation)
    create_baselines(connection, schema, settings)


def _create(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings, relation: KeptRelation) -> None:
    folder = relation.folder(settings)
    paths = sorted(folder.glob("[!.]*.parquet"))
    for path in paths:
        version = _FILE.fullmatch(path.name)
        if version is None or int(version[1]) > relation.version:
            raise FinopsError(
                f"The file {path} is not one of {relation.name} that this version of the program knows; update the "
                "program, or move the file away if something else put it there."
            )
    query = _with_all({"publication_id": "varchar", **relation.columns}, paths)
    try:
        connection.execute(f"create or replace table {schema}.{identifier(relation.name)} as {query}")
    except duckdb.Error as error:
        raise FinopsError(
            f"What former publications said in {folder} cannot be read: {first_line(error)}. Restore the folder from a "
            "backup of the state folder. Nothing was published."
        ) from error


def _with_all(columns: dict[str, str], paths: list[Path]) -> str:
    """Query these columns of files; what a former version did not have is null."""
    nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in columns.items())
    if not paths:
        return f"select {nothing} where false"
    casts = ", ".join(f"cast({identifier(name)} as {kind}) as {identifier(name)}" for name, kind in columns.items())
    files_of_all = read_parquet(paths, "union_by_name = true")
    return f"select {casts} from (select {nothing} where false union all by name select * from {files_of_all})"
