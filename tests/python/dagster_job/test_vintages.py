"""What was known when: each publication leaves what it changed in the totals, whatever happens in between."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import pipeline
from orchestration.errors import FinopsError
from orchestration.kept import create_kept, record_kept
from orchestration.settings import Settings

from .company import Company, line

AS_KNOWN_ON = """
    select sum(value) from totals_as_published
    where relation_name = 'cost_daily' and measure = 'billed_cost'
    and known_start <= $moment and (known_end is null or known_end > $moment)
"""


def as_known(company: Company, publication: str) -> Decimal | None:
    """Ask for the billed cost of everything as readers saw it right after a publication."""
    stamp = f"timestamp '{publication[:4]}-{publication[4:6]}-{publication[6:8]} {publication[9:11]}:"
    stamp += f"{publication[11:13]}:{publication[13:19]}'"
    return company.published(AS_KNOWN_ON.replace("$moment", stamp))[0][0]


def vintages(company: Company) -> list[Path]:
    return sorted((company.settings.state_dir / "vintages").iterdir())


def rows(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        return con.execute(
            f"select relation_name, item, posted_month, value from read_parquet('{path}') "
            "where relation_name = 'cost_daily' and measure = 'billed_cost' order by all"
        ).fetchall()


def test_totals_can_be_asked_as_known_on_any_day(company: Company, instance: dg.DagsterInstance) -> None:
    first = company.publication
    assert [path.name for path in vintages(company)] == [f"{first}.v1.parquet"]
    company.deliver("2026-09", [line("2026-09", 1, "7")])
    assert company.run(instance).success
    second = company.publication
    # only September changed, so only September is in the second file; both answers stay
    assert [str(row[2]) for row in rows(vintages(company)[1])] == ["2026-09-01"]
    assert as_known(company, first) == Decimal("32.5")
    assert as_known(company, second) == Decimal("23.25")
    # what is there no more is known as such
    company.deliver("2026-09", [line("2026-09", 1, "7") | {"ServiceName": "Storage"}])
    assert company.run(instance).success
    assert [(row[1], row[3]) for row in rows(vintages(company)[2])] == [("Compute", None), ("Storage", Decimal("7"))]
    assert as_known(company, company.publication) == Decimal("23.25")
    # and nothing new leaves nothing
    assert company.run(instance).success
    assert len(vintages(company)) == 3


def test_what_could_not_be_kept_after_the_swap_is_told_and_mended_by_the_next_run(
    company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = company.publication
    company.deliver("2026-09", [line("2026-09", 1, "7")])

    def full(settings: Settings) -> None:
        if settings.published_link.resolve().name != first:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "record_kept", full)
        assert company.run(instance).success
    assert "No space left" in " ".join(company.report()["warnings"])
    assert len(vintages(company)) == 1
    assert as_known(company, company.publication) == Decimal("23.25")  # the publication itself knows it already
    second = company.publication
    company.deliver("2026-09", [line("2026-09", 1, "8")])
    assert company.run(instance).success
    published = [first, second, company.publication]
    for kind in ("vintages", "kpi_history"):
        assert sorted(path.name[:20] for path in (company.settings.state_dir / kind).iterdir()) == published
    assert record_kept(company.settings) == [], "once"
    assert [as_known(company, moment) for moment in published] == [
        Decimal("32.5"),
        Decimal("23.25"),
        Decimal("24.25"),
    ]


def test_what_cannot_be_read_is_told(company: Company) -> None:
    folder = company.settings.state_dir / "vintages"
    damaged = folder / "20990101T000000.000Z.v1.parquet"
    with duckdb.connect() as con:
        con.execute("create schema raw")
        damaged.write_bytes(b"PAR1 no more")
        with pytest.raises(FinopsError, match="cannot be read"):
            create_kept(con, "raw", company.settings)
        damaged.rename(folder / "20990101T000000.000Z.v9.parquet")
        with pytest.raises(FinopsError, match="update the program"):
            create_kept(con, "raw", company.settings)
