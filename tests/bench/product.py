"""One run of the product as `make run` does it, with a clock on what it does not record itself.

    python -m tests.bench.product CLOCK.json

That is each model, the processor seconds of each step, and parts of steps that are told apart. Everything else is read
from what the product writes, `run_report.json`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.process import Usage, run

STEPS = ("land", "plan", "build", "stage", "audit", "publish")
PARTS = {"analyses": "build", "lines": "stage"}
"""Parts of steps that are told apart. Forecasts and anomalies take their time by scope and day, whatever the lines;
line-level files by the column."""
DAILY = ("int_aws_derived_charges", "int_charges_grouped", "int_tag_hashes", "int_charges_daily")


@dataclass
class Run:
    """What one run took. `steps` (with `PARTS`) and `models` are seconds by name.

    `cpu` is processor seconds of the same steps and parts, which other work on the machine hardly moves.
    """

    status: str
    usage: Usage
    rows: int = 0
    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    months_written: list[str] = field(default_factory=list)

    @property
    def work(self) -> float:
        """Seconds from the first look at the exports to the swap."""
        return sum(self.steps.get(step, 0.0) for step in STEPS)

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of the same."""
        return sum(self.cpu.get(step, 0.0) for step in STEPS)

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
    clock = home.parent / f"{home.name}.clock.json"
    where = {"FINOPS_HOME": str(home), "FINOPS_SOURCES": str(sources)}
    usage = run("tests.bench.product", str(clock), env={**env, **where}, log=home.parent / f"{home.name}.log")
    report = json.loads((home / "run_report.json").read_text(encoding="utf-8"))
    publication = json.loads((home / "published" / "publication.json").read_text(encoding="utf-8"))
    clocked = json.loads(clock.read_text())
    return Run(
        report["status"],
        usage,
        sum(period["row_count"] or 0 for period in report["periods"]),
        report["seconds"] | clocked["parts"],
        models=clocked["models"],
        cpu=clocked["cpu"],
        months_written=publication["line_months"]["written"],
    )


class _Clock:
    """Seconds and processor seconds of this process, by the name of what was running."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        begun, cpu = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - begun
            self.cpu[name] = time.process_time() - cpu

    def on(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """Give the same function with this clock on it."""

        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            with self.running(name):
                return function(*arguments, **named)

        return timed


def main(out: Path) -> int:
    """Run the job in this process and write how long the steps and their parts took."""
    from orchestration import build, dbt, pipeline, publish  # noqa: PLC0415 - only in the child, which is measured
    from orchestration.run import main as run_job  # noqa: PLC0415

    clock, step = _Clock(), pipeline.Pipeline._step  # noqa: SLF001 - steps have no public clock of the processor

    @contextmanager
    def clocked(self: pipeline.Pipeline, name: str, words: str | None = None) -> Iterator[None]:
        with step(self, name, words), clock.running(name):
            yield

    models: dict[str, float] = {}

    def noted(*arguments: Any, **named: Any) -> dbt.DbtOutcome:  # noqa: ANN401 - whatever `run_dbt` takes
        """Note what each model took; a build may call dbt more than once."""
        outcome = dbt.run_dbt(*arguments, **named)
        models.update({node.name: node.seconds for node in outcome.nodes if node.resource_type == "model"})
        return outcome

    build.run_dbt = noted
    pipeline.Pipeline._step = clocked  # noqa: SLF001
    publish.stage_lines = clock.on(publish.stage_lines, "lines")
    build._analyze = clock.on(build._analyze, "analyses")  # noqa: SLF001
    code = run_job([])
    parts = {name: clock.seconds.get(name, 0.0) for name in PARTS}
    cpu = {name: clock.cpu.get(name, 0.0) for name in (*STEPS, *PARTS)}
    out.write_text(json.dumps({"models": models, "parts": parts, "cpu": cpu}))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
