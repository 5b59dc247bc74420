"""`python -m tests.bench.planning`: KPIs, budgets, bridges and alerts of the sample company, grown to many lines.

Belongs here: the company at its size, the runs over it, and what the models of planning take. They are clocked alone,
one after another on the finished build, so that what happens to run beside them does not count; how long a whole run
takes stands beside it. What is rebuilt, and what not, is a matter of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from tests.bench import product
from tests.bench.__main__ import LIMITS, PLAIN, say
from tests.bench.process import PROJECT, BenchError, run

COMPANY = PROJECT / "sample_company"
AREAS = {
    "KPIs": (
        *("models/kpis/*", "models/ops/kpi_*", "models/ops/baseline_progress*", "models/intermediate/usage/*"),
        *("models/marts/usage/*", "models/intermediate/optimization/*", "models/marts/optimization/*"),
    ),
    "budgets": ("models/intermediate/planning/*", "models/marts/planning/*"),
    "bridges": ("models/intermediate/variance/*", "models/marts/variance/*"),
    "alerts": ("models/ops/alerts/*",),
}
"""Which models are whose; budgets with the landings, metrics and fiscal days that are held against them."""
WANTED_SECONDS = 30
_SHOWN = 5


@dataclass(frozen=True)
class Found:
    """What was measured; `models` are seconds by name, `areas` those of all models of an area."""

    rows: int
    daily_rows: int
    first: product.Run
    again: product.Run
    models: dict[str, float]

    @property
    def areas(self) -> dict[str, dict[str, float]]:
        """Return the models of each area with their seconds, the slowest first."""
        slowest = sorted(self.models.items(), key=lambda item: -item[1])
        return {area: {name: took for name, took in slowest if name in members(area)} for area in AREAS}

    @property
    def seconds(self) -> float:
        """Return what all of them take."""
        return sum(self.models.values())


def members(area: str) -> set[str]:
    """Return the names of the models of an area."""
    return {path.stem for pattern in AREAS[area] for path in PROJECT.glob(f"{pattern}.sql")}


def sources_file(folder: Path, lines: int) -> Path:
    """Write the sample company's `sources.yml`, grown to about so many current lines of its largest provider."""
    from orchestration.simulator.periods import calendar  # noqa: PLC0415 - only here

    written = (COMPANY / "sources.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(written.replace("${FINOPS_HOME}/sample_company", str(folder)))
    wanted = content["simulate"]
    months = calendar(wanted["start"], wanted["months"], wanted["seed"], wanted["quiet"])
    current = sum(month.refreshes[-1].hours for month in months)
    wanted["lines"] = round(lines * sum(item.hours for month in months for item in month.refreshes) / current)
    path = folder.with_suffix(".yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def measured(folder: Path, lines: int, env: dict[str, str]) -> Found:
    """Run the product twice over the company, then the models of planning alone."""
    home = folder / "home"
    env = env | {"FINOPS_RULES": str(COMPANY / "rules")}
    sources = sources_file(folder / f"company-{lines}", lines)
    first = product.measured(home, sources, env)
    say(f"  first run: {first.work:.1f} s after the company was made, of it the build {first.steps['build']:.1f} s")
    again = product.measured(home, sources, env)
    say(f"  nothing new: {again.usage.seconds:.1f} s")
    if (first.status, again.status) != ("published", "unchanged"):
        raise BenchError(f"The runs are '{first.status}' and '{again.status}'; see {home}.log.")
    out = folder / "models.json"
    where = {"FINOPS_HOME": str(home), "FINOPS_SOURCES": str(sources)}
    run("tests.bench.planning", "--models", str(out), env=env | where, log=folder / "models.log")
    result = json.loads(out.read_text())
    return Found(first.rows, result["daily_rows"], first, again, result["models"])


def clock_models(out: Path) -> int:
    """Build the models of planning anew, one after another, in the build database of this home."""
    import duckdb  # noqa: PLC0415 - only in the child, which is measured

    from orchestration.dbt import run_dbt  # noqa: PLC0415
    from orchestration.settings import Settings  # noqa: PLC0415

    settings = Settings.from_env()
    now = datetime.now(UTC)
    env = {
        "FINOPS_PUBLICATION_ID": f"{now:%Y%m%dT%H%M%S}.000Z",
        "FINOPS_REBUILD": "all",
        "FINOPS_AS_OF": f"{now:%Y-%m-%d %H:%M:%S}",
    }
    names = sorted(name for area in AREAS for name in members(area))
    outcome = run_dbt(settings, ["run", "--threads", "1", "--select", *names], env)
    if not outcome.success:
        raise BenchError(outcome.error or "; ".join(f"{node.name}: {node.message}" for node in outcome.failed))
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        rows = con.execute("select count(*) from finops_intermediate.int_charges_daily").fetchone()[0]
    out.write_text(json.dumps({"daily_rows": rows, "models": {node.name: node.seconds for node in outcome.nodes}}))
    return 0


def text(found: Found, limits: dict[str, str]) -> str:
    """Return the table as a person reads it."""
    title = (
        f"== Planning, 13 months of the sample company, {found.rows:,} lines, {found.daily_rows:,} rows by day; "
        f"{limits['FINOPS_THREADS']} threads, memory limit {limits['FINOPS_MEMORY_LIMIT']}, load of the machine at the "
        f"end {os.getloadavg()[0]:.1f} =="
    )
    out = ["", title, "", f"{'Models of':<12}{'number':>8}{'seconds':>10}  the slowest", "-" * 90]
    for area, models in found.areas.items():
        slowest = ", ".join(f"{name} {took:.1f}" for name, took in list(models.items())[:_SHOWN])
        out.append(f"{area:<12}{len(models):>8}{sum(models.values()):>10.1f}  {slowest}")
    verdict = "reached" if found.seconds <= WANTED_SECONDS else "NOT REACHED"
    out += [
        "",
        f"{'To reach':<48}{'measured':>14}{'wanted':>14}",
        "-" * 90,
        f"{'KPIs, budgets, bridges and alerts':<48}{found.seconds:>14.1f}{f'<= {WANTED_SECONDS}':>14} s {verdict}",
        "",
    ]
    build = found.first.steps["build"]
    runs = f"The first run took {found.first.work:.1f} s, its build with all tests and analyses {build:.1f} s"
    return "\n".join([*out, f"{runs}; a run with nothing new {found.again.usage.seconds:.1f} s."])


def main() -> int:
    """Measure, print, and write `planning.json`; 0 whether or not the number is reached, 1 if it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning", description="Measure what planning takes.")
    parser.add_argument("--lines", type=int, default=10_000_000, help="about how many lines (default 10,000,000)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where all is kept, default $FINOPS_HOME/bench")
    parser.add_argument("--models", type=Path, metavar="JSON", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.models:
        return clock_models(chosen.models)
    home = Path(os.environ.get("FINOPS_HOME") or PROJECT / "warehouse").absolute() / "bench"
    folder = (chosen.keep.absolute() if chosen.keep else home) / "planning"
    env = {**LIMITS, **{name: os.environ[name] for name in LIMITS if os.environ.get(name)}, **PLAIN}
    shutil.rmtree(folder / "home", ignore_errors=True)
    say(f"The sample company with {chosen.lines:,} lines")
    try:
        found = measured(folder, chosen.lines, env)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(folder / "home")
    print(text(found, env))
    home.mkdir(parents=True, exist_ok=True)
    result = {"rows": found.rows, "areas": found.areas, "first": found.first.as_dict(), "again": found.again.as_dict()}
    (home / "planning.json").write_text(json.dumps(result | {"limits": env}, indent=2) + "\n")
    print(f"\nAll of it: {home / 'planning.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
