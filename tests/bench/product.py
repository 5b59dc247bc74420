"""One run of the product as `make run` does it, with a clock on the one part that it does not record apart.

    python -m tests.bench.product LINE_LEVEL.json

Everything else is read from what the product writes: `run_report.json` and dbt's own results.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.process import Usage, run

STEPS = ("land", "plan", "build", "stage", "audit", "publish")
DAILY = ("int_aws_derived_charges", "int_charges_grouped", "int_tag_hashes", "int_charges_daily")


@dataclass
class Run:
    """What one run took. `steps` and `models` are seconds by name; `line_seconds` is a part of the step `stage`."""

    status: str
    usage: Usage
    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    line_seconds: float = 0.0
    months_written: list[str] = field(default_factory=list)

    @property
    def work(self) -> float:
        """Seconds from the first look at the exports to the swap."""
        return sum(self.steps.get(step, 0.0) for step in STEPS)

    @property
    def daily(self) -> float:
        """Seconds of the models that make the daily table."""
        return sum(self.models.get(name, 0.0) for name in DAILY)

    @property
    def sql(self) -> float:
        """Seconds of all models."""
        return sum(self.models.values())

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for the JSON of the benchmark."""
        return asdict(self) | {"work": self.work, "daily": self.daily, "sql": self.sql}


def measured(home: Path, sources: Path, env: dict[str, str]) -> Run:
    """Run the product on `home` in a process of its own."""
    clock, results = home.parent / f"{home.name}.clock.json", home / "dbt" / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    where = {"FINOPS_HOME": str(home), "FINOPS_SOURCES": str(sources)}
    usage = run("tests.bench.product", str(clock), env={**env, **where}, log=home.parent / f"{home.name}.log")
    report = json.loads((home / "run_report.json").read_text(encoding="utf-8"))
    publication = json.loads((home / "published" / "publication.json").read_text(encoding="utf-8"))
    done = Run(
        report["status"],
        usage,
        report["seconds"],
        line_seconds=json.loads(clock.read_text())["line_seconds"],
        months_written=publication["line_months"]["written"],
    )
    if results.is_file():
        for node in json.loads(results.read_text(encoding="utf-8"))["results"]:
            kind, _, name = node["unique_id"].split(".")[:3]
            if kind == "model":
                done.models[name] = node["execution_time"]
    return done


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes
        begun = time.monotonic()
        try:
            return function(*arguments, **named)
        finally:
            spent.append(time.monotonic() - begun)

    return timed


def main(clock: Path) -> int:
    """Run the job in this process and write how long the line-level files took."""
    from orchestration import publish  # noqa: PLC0415 - only in the child, which is to be measured
    from orchestration.run import main as run_job  # noqa: PLC0415

    spent: list[float] = []
    publish.stage_lines = _timed(publish.stage_lines, spent)
    code = run_job([])
    clock.write_text(json.dumps({"line_seconds": sum(spent)}))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
