"""The same parameters give the same bytes, twice is once, and memory stays bounded; the benchmark's export holds."""

import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.simulator import SimulationError, simulate
from orchestration.simulator.bench import write_cur2
from orchestration.simulator.columns import CUR2_COLUMNS

from .asking import asker

PROJECT = Path(__file__).parents[3]


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        for path in files
    }


def test_same_seed_same_bytes_with_any_number_of_threads_and_another_seed_others(tmp_path: Path) -> None:
    one = _digests(simulate(tmp_path / "one", months=2, threads=1).out)
    two = _digests(simulate(tmp_path / "two", months=2, threads=2).out)
    assert one == two
    other = _digests(simulate(tmp_path / "other", months=1, seed=7).out)
    assert not set(one.values()) & {digest for name, digest in other.items() if "lines-" in name}


def test_what_is_there_already_is_not_written_again_and_other_parameters_replace_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert simulate(out, months=1).is_new
    before = (out / "simulation.json").stat().st_mtime_ns
    assert not simulate(out, months=1).is_new
    assert (out / "simulation.json").stat().st_mtime_ns == before
    assert simulate(out, months=1, seed=3).is_new
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text("mine")
    with pytest.raises(SimulationError, match="not the simulator's to replace"):
        simulate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bill.csv"]


def test_a_start_that_is_no_month_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not match"):
        simulate(tmp_path / "out", start="May")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak this way")
def test_the_command_line_streams_a_large_simulation_within_its_memory(tmp_path: Path) -> None:
    # asked of the process itself: what its parent is told includes the parent's own memory from before the start
    program = (
        "import pathlib, re, sys; from orchestration.simulator.__main__ import main; code = main(); "
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]); sys.exit(code)"
    )
    options = ["--out", str(tmp_path / "large"), "--months", "2", "--lines", "200000", "--memory-limit", "600MB"]
    done = subprocess.run(
        [sys.executable, "-c", program, *options], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    assert int(done.stdout.split()[-1]) < 1_200_000  # kilobytes: DuckDB's share and Python
    ask = asker(tmp_path / "large")
    delivered, differences = ask("""
        SELECT (SELECT sum(row_count) FROM deliveries),
            (SELECT count(*) FROM totals
                WHERE billed_cost - upfront_billed_cost + amortized_upfront_cost != effective_cost)""")[0]
    assert 150_000 < delivered < 250_000
    assert differences == 0
    assert ask("SELECT count(*) - count(DISTINCT identity_line_item_id) < 400 FROM cur") == [(True,)]
    assert ask("SELECT max(units(savings_plan_total_commitment_to_date)) > 50 * 1e10 FROM cur") == [(True,)]


def test_the_benchmark_export_has_all_columns_unique_ids_and_used_commitments(tmp_path: Path) -> None:
    written = write_cur2(tmp_path / "bench", 30_000, months=3, resources=900, tag_sets=100)
    assert write_cur2(tmp_path / "again", 30_000, months=3, resources=900, tag_sets=100, threads=1).rows == written.rows
    assert _digests(tmp_path / "bench") == _digests(tmp_path / "again")
    con = duckdb.connect()
    con.execute(f"CREATE VIEW cur AS FROM read_parquet('{written.root}/data/*/*.parquet', hive_partitioning = false)")
    assert [row[0] for row in con.execute("DESCRIBE cur").fetchall()] == list(CUR2_COLUMNS)
    rows, ids, tag_sets = con.execute("""
        SELECT count(*), count(DISTINCT identity_line_item_id), count(DISTINCT resource_tags) FROM cur""").fetchone()
    assert rows == ids == written.rows
    assert 29_000 < rows < 31_500
    assert 90 < tag_sets <= 101
    used, covered, total = con.execute("""
        SELECT sum(savings_plan_used_commitment), sum(savings_plan_savings_plan_effective_cost),
            sum(savings_plan_total_commitment_to_date) FROM cur""").fetchone()
    assert used == pytest.approx(covered, abs=1e-6)
    assert 0.3 * total < used < total
    assert len(list(written.root.glob("metadata/*/Manifest.json"))) == 3


def test_the_benchmark_never_writes_into_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        write_cur2(tmp_path, 1000)
