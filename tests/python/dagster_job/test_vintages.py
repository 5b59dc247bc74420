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
from .conftest import Lived

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


def test_totals_can_be_asked_as_known_on_any_day(first_run: Lived, second_run: Lived) -> None:
    first, second = vintages(second_run.company)
    assert [path.name for path in vintages(first_run.company)] == [first.name] == [f"{first_run.published}.v1.parquet"]
    # only September changed, so only September is in the second file; both answers stay
    assert [str(row[2]) for row in rows(second)] == ["2026-09-01"]
    assert as_known(second_run.company, first_run.published) == Decimal("32.5")
    assert as_known(second_run.company, second_run.published) == Decimal("23.25")


def test_what_could_not_be_kept_after_the_swap_is_told_and_mended_by_the_next_run(
    older_company: Company, first_run: Lived, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, second = older_company, older_company.publication

    def full(settings: Settings) -> None:
        if settings.published_link.resolve().name != second:
            raise OSError(28, "No space left on device")

    company.deliver("2026-09", [line("2026-09", 1, "7") | {"ServiceName": "Storage"}])
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "record_kept", full)
        assert company.run(instance).success
    third = company.publication
    assert "No space left" in " ".join(company.report()["warnings"])
    assert len(vintages(company)) == 2
    assert as_known(company, third) == Decimal("23.25")  # the publication itself knows it already
    company.deliver("2026-09", [line("2026-09", 1, "8") | {"ServiceName": "Storage"}])
    assert company.run(instance).success
    published = [first_run.published, second, third, company.publication]
    for kind in ("vintages", "kpi_history"):
        assert sorted(path.name[:20] for path in (company.settings.state_dir / kind).iterdir()) == published
    # what is there no more is known as such
    assert [(row[1], row[3]) for row in rows(vintages(company)[2])] == [("Compute", None), ("Storage", Decimal("7"))]
    assert [as_known(company, moment) for moment in published] == [
        Decimal("32.5"),
        Decimal("23.25"),
        Decimal("23.25"),
        Decimal("24.25"),
    ]
    # and nothing new leaves nothing
    assert company.run(instance).success
    assert record_kept(company.settings) == [], "once"
    assert len(vintages(company)) == 4


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
