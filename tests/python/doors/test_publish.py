"""Publication: all or nothing, one step, readers undisturbed; what is written and what is kept."""

import errno
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration import files, line_files, publish
from orchestration.doors.back import COLUMNS
from orchestration.errors import FinopsError
from orchestration.landing.engine import read_parquet
from orchestration.line_files import LINES
from orchestration.settings import Settings

from . import fake_build
from .conftest import PROJECT, published, staged_and_verified


def small_table(settings: Settings, limit: int) -> Settings:
    return Settings(PROJECT, settings.home, settings.sources_file, settings.rules_dir, line_table_limit=limit)


def served(settings: Settings) -> str:
    with duckdb.connect(str((settings.published_link / "finops.duckdb").resolve()), read_only=True) as con:
        return con.execute("select any_value(publication_id) from cost_daily").fetchone()[0]


def month_file(settings: Settings, month: str) -> Path:
    return settings.published_link / "parquet" / LINES / f"billing_month={month}" / "data.parquet"


@pytest.mark.usefixtures("build_db")
@pytest.mark.parametrize("limit", [1_000_000, 10])
def test_all_relations_in_both_forms(settings: Settings, limit: int) -> None:
    settings = small_table(settings, limit)
    stamp = published(settings)
    with duckdb.connect(str(settings.published_link / "finops.duckdb"), read_only=True) as con:
        kinds = dict(con.execute("select table_name, table_type from information_schema.tables").fetchall())
        assert kinds.pop(LINES) == ("VIEW" if limit == 10 else "BASE TABLE")
        assert len(kinds) == len(COLUMNS) - 1
        for name in [*kinds, LINES]:
            stamps = con.execute(f"select distinct publication_id from {name}").fetchall()
            assert stamps == ([(stamp,)] if name != "missing_rates" else [])  # no rate is missing
        for name in kinds:
            parquet = settings.published_link / "parquet" / f"{name}.parquet"
            assert (
                con.execute(f"(from {name} except from '{str(parquet).replace(chr(39), chr(39) * 2)}')").fetchall()
                == []
            )
        comment = con.execute("select comment from duckdb_columns() where column_name = 'team' and comment is not null")
        assert comment.fetchall()[0] == ("Who pays; it's never null.",)
        stamps = "select count(*) from duckdb_columns() where column_name = 'publication_id' and comment is null"
        assert con.execute(stamps).fetchall() == [(0,)]
        assert con.execute(f"select count(*), sum(BilledCost) from {LINES}").fetchone() == (
            120,
            Decimal("1290.00000126"),
        )


@pytest.mark.usefixtures("build_db")
def test_the_manifest_says_what_went_in(settings: Settings) -> None:
    staged = publish.stage(
        settings, settings.build_db, "20261101T000000.000Z", None, {"saas": {"2026-10": "d1"}}, rules_hash="r"
    )
    publish.verify(staged)
    publish.swap(staged, settings)
    manifest = publish.last_publication(settings)
    assert manifest["id"] == "20261101T000000.000Z"
    assert (manifest["inputs"], manifest["rules_hash"]) == ({"saas": {"2026-10": "d1"}}, "r")
    assert manifest["relations"]["cost_daily"] == {"rows": 120, "as": "table"}
    assert manifest["line_months"]["written"] == list(fake_build.MONTHS)


@pytest.mark.usefixtures("build_db")
def test_only_changed_months_are_written(settings: Settings) -> None:
    published(settings)
    before = {month: month_file(settings, month).stat().st_ino for month in fake_build.MONTHS}
    fake_build.make(settings.build_db, lines=30)
    with pytest.raises(AssertionError):  # two months keep 20 lines a source: the last hop sees it
        staged_and_verified(settings, {"2026-10-01"})
    fake_build.make(settings.build_db)
    published(settings, {"2026-10-01"})
    after = {month: month_file(settings, month).stat().st_ino for month in fake_build.MONTHS}
    assert [month for month in after if after[month] != before[month]] == ["2026-10"]


@pytest.mark.usefixtures("build_db")
def test_months_are_copied_where_links_fail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    published(settings)
    monkeypatch.setattr(os, "link", refuse)
    published(settings, set())
    assert month_file(settings, "2026-08").stat().st_nlink == 1


@pytest.mark.usefixtures("build_db")
def test_months_of_another_shape_are_written_anew(settings: Settings) -> None:
    published(settings)
    fake_build.freeze(
        settings.build_db, LINES, "create or replace view finops_published.focus_cost_and_usage as "
        "select *, 1 as x_new from built.focus_cost_and_usage",
    )  # fmt: skip
    staged = staged_and_verified(settings, set())
    assert staged.lines.written == list(fake_build.MONTHS)


def test_a_month_that_is_gone_leaves_no_file(settings: Settings, build_db: Path) -> None:
    published(settings)
    fake_build.make(build_db, months=("2026-09", "2026-10"))
    published(settings, set())
    assert not month_file(settings, "2026-08").exists()


def test_no_lines_at_all(settings: Settings, build_db: Path) -> None:
    fake_build.make(build_db, lines=0)
    published(settings)
    with duckdb.connect(str(settings.published_link / "finops.duckdb"), read_only=True) as con:
        assert con.execute(f"select count(*) from {LINES}").fetchone() == (0,)


def test_a_difference_to_the_reconciliation_is_never_shown(settings: Settings, build_db: Path) -> None:
    fake_build.freeze(
        build_db, "reconciliation", "update built.reconciliation set allocated_cost = allocated_cost + 0.000000001 "
        "where source_name = 'saas' and billing_month = '2026-09-01'",
    )  # fmt: skip
    staged = publish.stage(settings, build_db, publish.new_publication_id(settings), None, {})
    billed, effective, *_ = publish.verify(staged)
    assert (billed.passed, billed.failing_rows, billed.money) == (False, 1, "0.000000001 EUR")
    assert all(word in billed.message for word in ("saas", "2026-09", "EUR"))
    assert effective.passed
    with pytest.raises(FinopsError, match="not verified"):
        publish.swap(staged, settings)
    assert publish.last_publication(settings) is None


@pytest.mark.usefixtures("build_db")
def test_published_cost_is_filled_in_everywhere(settings: Settings) -> None:
    published(settings)
    folder = settings.published_link
    with duckdb.connect(str(folder / "finops.duckdb"), read_only=True) as con:
        for relation in ("reconciliation", read_parquet([folder / "parquet/reconciliation.parquet"])):
            sql = f"select count(*) from {relation} where published_cost = raw_cost and raw_cost > 0"
            assert con.execute(sql).fetchone() == (6,)


@pytest.mark.usefixtures("build_db")
@pytest.mark.parametrize("limit", [1_000_000, 10])
def test_a_reader_goes_on_undisturbed(settings: Settings, limit: int) -> None:
    settings = small_table(settings, limit)
    first = published(settings)
    with duckdb.connect(str(settings.published_link / "finops.duckdb"), read_only=True) as reader:
        cursor = reader.execute(f"select BilledCost from {LINES}")
        cursor.fetchmany(5)
        second = published(settings, set())
        assert len(cursor.fetchall()) == 115
        assert reader.execute("select any_value(publication_id) from showback_monthly").fetchone() == (first,)
        assert reader.execute(f"select count(*) from {LINES}").fetchone() == (120,)
    assert served(settings) == second


@pytest.mark.usefixtures("build_db")
def test_the_two_newest_are_kept(settings: Settings) -> None:
    stamps = [published(settings, set()) for _ in range(3)]
    assert sorted(path.name for path in settings.publications_dir.iterdir()) == stamps[1:]
    assert str(settings.published_link.readlink()) == f"publications/{stamps[2]}"


@pytest.mark.usefixtures("build_db")
def test_ids_sort_even_if_the_clock_goes_back(settings: Settings) -> None:
    (settings.publications_dir / "29990101T000000.999Z").mkdir(parents=True)
    assert publish.new_publication_id(settings) == "29990101T000001.000Z"


_KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration import files, line_files, publish, staged
from orchestration.settings import Settings
home, place = Path(sys.argv[1]), sys.argv[2]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
module, name = {"lines": (line_files, "_expose"), "copying": (publish, "_copy_relation"), "flushing": (files, "flush"),
    "renamed": (files, "point"), "forgetting": (publish, "_forget_old")}[place]
setattr(module, name, die)
settings = Settings(Path.cwd(), home, home, home)
one = publish.stage(settings, settings.build_db, publish.new_publication_id(settings), None, {})
publish.verify(one)
publish.swap(one, settings)
"""


@pytest.mark.usefixtures("build_db")
@pytest.mark.parametrize("place", ["lines", "copying", "flushing", "renamed", "forgetting"])
def test_killed_anywhere_the_former_publication_serves(settings: Settings, place: str) -> None:
    former = published(settings)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(settings.home), place], cwd=PROJECT, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    if place == "forgetting":  # the link had moved: that one is served
        assert served(settings) > former
    else:
        assert served(settings) == former
        assert publish.clean_leftovers(settings)
        assert [path.name for path in settings.publications_dir.iterdir()] == [former]
    newest = published(settings, set())
    assert served(settings) == newest
    assert len(list(settings.publications_dir.iterdir())) == 2


@pytest.mark.usefixtures("build_db")
@pytest.mark.parametrize("limit", [1_000_000, 10])
def test_a_full_disk_is_said_and_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    settings = small_table(settings, limit)
    former = published(settings)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "flush", full)
    staged = staged_and_verified(settings)
    with pytest.raises(FinopsError, match=r"no space is left on the disk .* former publication"):
        publish.swap(staged, settings)
    assert [path.name for path in settings.publications_dir.iterdir()] == [former]
    assert served(settings) == former


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Path:
    """Mount a file system of 2 MB, where the machine lets us mount one."""
    path = tmp_path / "tiny"
    path.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("mounting needs rights that this machine does not give")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_really_full_disk(tiny_disk: Path) -> None:
    settings = Settings(PROJECT, tiny_disk, tiny_disk, tiny_disk)
    build_db = fake_build.make(tiny_disk.parent / "warehouse.duckdb", lines=20_000)
    with pytest.raises(FinopsError, match="no space is left"):
        publish.stage(settings, build_db, publish.new_publication_id(settings), None, {})
    assert list(settings.publications_dir.iterdir()) == []


def test_a_build_in_use_is_said(settings: Settings, build_db: Path) -> None:
    with duckdb.connect(str(build_db)), pytest.raises(FinopsError, match=r"could not be staged.*former publication"):
        publish.stage(settings, build_db, publish.new_publication_id(settings), None, {})


def test_a_folder_in_place_of_the_link_is_said(settings: Settings, build_db: Path) -> None:
    assert build_db.exists()
    settings.published_link.mkdir(parents=True)
    staged = staged_and_verified(settings)
    with pytest.raises(FinopsError, match="not a link"):
        publish.swap(staged, settings)
    assert list(settings.publications_dir.iterdir()) == []


@pytest.mark.usefixtures("build_db")
def test_a_broken_manifest_is_said(settings: Settings) -> None:
    published(settings)
    (settings.published_link / "publication.json").write_text("{", encoding="utf-8")
    with pytest.raises(FinopsError, match="cannot be read"):
        publish.last_publication(settings)


def test_json_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    files.write_json(path, {"cost": Decimal("1.50")})
    with pytest.raises(TypeError):
        files.write_json(path, {("a", "b"): 1})
    assert json.loads(path.read_text(encoding="utf-8")) == {"cost": "1.50"}
    assert line_files.LINES == LINES
