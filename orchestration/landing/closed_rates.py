"""Exchange rates of closed months: those that counted when a month was closed, kept beside its close.

Rates come as a snapshot of which the newest alone counts, so that one that is corrected later would move the figures of
a closed month in the reporting currency. Belongs here: keeping them, and the raw relation `closed_rates`. Which rate a
charge needs is told by the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from orchestration import files
from orchestration.errors import FinopsError
from orchestration.landing.engine import first_line, identifier, literal, read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.landing.closes import Close
    from orchestration.landing.ledger import Ledger
    from orchestration.settings import Settings

RELATION = "reporting_rates"
_COLUMNS = {
    "source_name": "varchar",
    "billing_account_id": "varchar",
    "billing_month": "date",
    "billing_currency": "varchar",
    "invoice_id": "varchar",
    "charge_date": "date",
    "reporting_currency": "varchar",
    "rate_date": "date",
    "exchange_rate": "decimal(38, 12)",
}


def keep_rates(settings: Settings, close: Close, publication: Path) -> int:
    """Keep the rates that a publication shows of a source's month, before the close itself; gives how many."""
    shown = publication / "parquet" / f"{RELATION}.parquet"
    if not shown.exists():  # a publication from before rates were shown
        return 0
    target = _path(settings, close)
    with duckdb.connect() as con:
        rows = (
            f"from ({_whole([shown])}) where source_name = {literal(close.source_name)} and "
            f"billing_month = date '{close.month}' and exchange_rate is not null "
            "and billing_currency <> reporting_currency"
        )
        count = con.execute(f"select count(*) {rows}").fetchone()[0]
        if count:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name}.new")
            columns = ", ".join(identifier(name) for name in _COLUMNS)
            con.execute(
                f"copy (select {columns} {rows} order by all) to {literal(str(fresh))} "
                "(format parquet, compression zstd)"
            )
            files.flush(fresh)
            fresh.replace(target)
            files.flush(target.parent)
    return count


def create_closed_rates(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings, ledger: Ledger) -> None:
    """Write the table closed_rates: the rates of every month that is closed now."""
    paths = [_path(settings, close) for close in ledger.closed().values() if close.rate_count]
    columns = ", ".join(f"cast({identifier(name)} as {kind}) as {identifier(name)}" for name, kind in _COLUMNS.items())
    query = f"select {columns} from ({_whole(paths)})"
    try:
        connection.execute(f"create or replace table {schema}.closed_rates as {query}")
    except duckdb.Error as error:
        raise FinopsError(
            f"The exchange rates of closed months in '{settings.state_dir / 'closes'}' cannot be read: "
            f"{first_line(error)}. Restore the folder from a backup of the state folder. Nothing was published."
        ) from error


def _whole(paths: list[Path]) -> str:
    """Read files of rates with all columns: one from before rates were kept per invoice holds for every invoice."""
    nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in _COLUMNS.items())
    query = f"select {nothing} where false"
    return f"{query} union all by name from {read_parquet(paths, 'union_by_name = true')}" if paths else query


def _path(settings: Settings, close: Close) -> Path:
    folder = settings.state_dir / "closes" / close.source_name / close.month.isoformat()
    return folder / f"{close.at:%Y%m%dT%H%M%S%fZ}.rates.parquet"
