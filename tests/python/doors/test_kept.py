"""What publications kept is read by later versions of the program, which know more columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import kept
from orchestration.errors import FinopsError
from orchestration.kept import ANOMALY_STATES, create_kept, record_kept
from orchestration.settings import Settings

FORMER, SERVED = "20261101T000000.000Z", "20261102T000000.000Z"
OF_BEFORE = {"vintage_id": SERVED, "anomaly_id": "a", "anomaly_state": "open", "impact_cost": "7.5"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Serve a publication of a version that did not tell the numbers of anomalies."""
    monkeypatch.setattr(kept, "KEPT", (ANOMALY_STATES,))
    settings = Settings.from_env({"FINOPS_HOME": str(tmp_path)})
    publication = tmp_path / "publications" / SERVED
    write(publication / "parquet" / "anomaly_states.parquet", OF_BEFORE)
    settings.published_link.symlink_to(publication)
    return settings


def write(path: Path, row: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = ", ".join(f"'{value}' as {name}" for name, value in row.items())
    duckdb.execute(f"copy (select {values}) to '{path}' (format parquet)")


def read(settings: Settings) -> list[tuple]:
    with duckdb.connect() as con:
        con.execute("create schema finops_raw")
        create_kept(con, "finops_raw", settings)
        names = "publication_id, anomaly_id, impact_cost, onset_hour"
        return con.execute(f"select {names} from finops_raw.anomaly_states order by all").fetchall()


def test_what_former_versions_kept_is_read_beside_what_is_new(settings: Settings) -> None:
    folder = ANOMALY_STATES.folder(settings)
    write(folder / f"{FORMER}.v1.parquet", {"publication_id": FORMER, "anomaly_id": "b", "impact_cost": "1"})
    assert read(settings) == [(FORMER, "b", 1, None)]
    (written,) = record_kept(settings)
    assert written.name == f"{SERVED}.v{ANOMALY_STATES.version}.parquet"
    assert [row[:2] for row in read(settings)] == [(FORMER, "b"), (SERVED, "a")]


def test_what_a_former_version_kept_is_not_kept_twice(settings: Settings) -> None:
    write(ANOMALY_STATES.folder(settings) / f"{SERVED}.v1.parquet", {"publication_id": SERVED, "anomaly_id": "a"})
    assert record_kept(settings) == []
    assert [row[:2] for row in read(settings)] == [(SERVED, "a")]


def test_a_file_of_a_later_version_is_refused(settings: Settings) -> None:
    later = ANOMALY_STATES.folder(settings) / f"{FORMER}.v{ANOMALY_STATES.version + 1}.parquet"
    write(later, {"publication_id": FORMER})
    with pytest.raises(FinopsError, match=later.name):
        read(settings)
