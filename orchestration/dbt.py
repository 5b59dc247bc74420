"""Running dbt in this process: arguments, environment, progress, and its results as plain data.

Belongs here: everything that is about dbt the program. What is rebuilt, and what a failed test means for the run, is
decided in `build.py`. dbt is imported only when something has to be run (it takes three seconds).
"""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import FinopsError
from orchestration.words import cut

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

    from orchestration.settings import Settings

Say = Callable[[str], None]
"""Tells a person how far a long step has come, one line at a time."""

_FINISHED = ("LogModelResult", "LogSeedResult", "LogTestResult", "LogSnapshotResult")
_LONG = 3.0  # seconds
_WIDTH = 98  # of a line about a step: names of tests list their columns
_QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-use-colors")
_LOG_BYTES = 10_000_000
_BROKEN = ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class DbtNode:
    """What became of one node. `failures` counts the rows that a test found; `sql` is what was run, compiled."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    failures: int | None = None
    message: str = ""
    seconds: float = 0.0
    compiled_path: str | None = None
    sql: str | None = None
    description: str = ""
    """What a test of its own file asks for, in words."""

    @property
    def is_broken(self) -> bool:
        """Whether it failed in a way that forbids going on; a warning does not."""
        return self.status in _BROKEN


@dataclass(frozen=True)
class DbtOutcome:
    """What one invocation did. `error` is set where dbt could not even start to run nodes."""

    success: bool
    nodes: list[DbtNode] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0

    @property
    def failed(self) -> list[DbtNode]:
        """The nodes that broke, tests included; those that were skipped because of them are not listed."""
        return [node for node in self.nodes if node.is_broken]

    @property
    def warnings(self) -> list[DbtNode]:
        """The tests that found rows but only warn."""
        return [node for node in self.nodes if node.status == "warn"]


def target_dir(settings: Settings) -> Path:
    """Return where dbt keeps what it parsed and compiled."""
    return settings.home / "dbt" / "target"


def profiles_dir(settings: Settings) -> Path:
    """Return the folder whose `profiles.yml` counts: the project's own, else a fresh copy of the example."""
    if (settings.project_dir / "profiles.yml").is_file():
        return settings.project_dir
    folder, example = settings.home / "dbt", settings.project_dir / "profiles.yml.example"
    folder.mkdir(parents=True, exist_ok=True)
    profile = folder / "profiles.yml"
    if not profile.is_file() or profile.read_bytes() != example.read_bytes():
        shutil.copyfile(example, profile)
    return folder


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that the project and its profile read, as these settings decide them."""
    return {
        "DBT_LOG_PATH": str(settings.logs_dir),
        "DBT_PROFILES_DIR": str(profiles_dir(settings)),
        "DBT_PROJECT_DIR": str(settings.project_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DO_NOT_TRACK": "1",
        "FINOPS_HOME": str(settings.home),
        "FINOPS_MEMORY_LIMIT": settings.memory_limit,
        "FINOPS_TARGET": settings.target,
        "FINOPS_THREADS": str(settings.threads),
    }


def run_dbt(
    settings: Settings,
    args: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    say: Say | None = None,
) -> DbtOutcome:
    """Run a dbt command that runs nodes (`build`, `test`, `compile`), quietly; its log is in the logs folder.

    `env` adds to `environment` (FINOPS_REBUILD, FINOPS_AS_OF). `say` gets a line every few seconds. The project is
    parsed only if it changed. The connection to the database is closed afterwards.
    """
    from orchestration.manifest import parsed_manifest  # noqa: PLC0415 - which parses with what is here

    # all that was parsed once more, and what became of it: nothing reads that after a build
    artifacts = [] if args[0] in ("compile", "docs") else ["--no-write-json"]
    result, seconds = _invoke(settings, [*artifacts, *args], env or {}, parsed_manifest(settings), say)
    if result.exception is not None:
        return DbtOutcome(success=False, error=_words(result.exception), seconds=seconds)
    nodes = [_node(item) for item in getattr(result.result, "results", None) or []]
    return DbtOutcome(bool(result.success), nodes, seconds=seconds)


def parse(settings: Settings, folder: Path) -> Manifest:
    """Parse the project into `folder`; FinopsError says what is wrong with it.

    Always as a whole: of what it kept of the last time dbt has taken one unit test for two, and it leaves out what YAML
    says of the tests in SQL files, which is what people are told.
    """
    env = {"DBT_TARGET_PATH": str(folder), "FINOPS_HOME": str(folder)}
    result, _ = _invoke(settings, ["parse", "--no-partial-parse"], env, None, None)
    if result.exception is None and result.success:
        return result.result
    reason = _words(result.exception) if result.exception else "see dbt.log"
    raise FinopsError(f"The dbt project in {settings.project_dir} cannot be read: {reason}")


def _invoke(
    settings: Settings, args: Sequence[str], env: Mapping[str, str], manifest: Manifest | None, say: Say | None
) -> tuple[Any, float]:
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with _environ({**environment(settings), **env}):
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 - three seconds

        callbacks = [_progress(say)] if say else []
        try:
            with _log(settings.logs_dir / "dbt.log") as log, _no_whispers(), _little_tidying():
                result = dbtRunner(manifest=manifest, callbacks=[log, *callbacks]).invoke([*_QUIET, *args])
        finally:
            _close_database()
    if result.exception is not None and not isinstance(result.exception, Exception):
        raise result.exception  # stopped from outside: that is no error of dbt
    return result, round(time.monotonic() - begun, 2)


def _close_database() -> None:
    """Let go of the database file; the adapter would hold it until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415 - comes with dbt

    try:
        DuckDBConnectionManager.env().close()
    except Exception:  # noqa: BLE001 - the adapter raises a bare Exception where nothing was ever opened
        return
    DuckDBConnectionManager.close_all_connections()


@contextmanager
def _log(path: Path) -> Iterator[Callable[[EventMsg], None]]:
    """Keep dbt's log; its own logger would put every event into words, to drop nine of ten afterwards."""
    from dbt_common.events.functions import env_scrubber  # noqa: PLC0415 - comes with dbt

    if path.is_file() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    with path.open("a", encoding="utf-8", buffering=1) as file:

        def on_event(event: EventMsg) -> None:
            info = event.info
            if info.level not in ("debug", "test"):
                file.write(
                    f"{info.ts.ToDatetime():%H:%M:%S.%f} [{info.level:<5}] [{info.thread}]: {env_scrubber(info.msg)}\n"
                )

        yield on_event


@contextmanager
def _no_whispers() -> Iterator[None]:
    """Drop dbt's events for its developers, two dozen for each node, before they are put into words for nobody."""
    from dbt_common.events import event_manager_client as client  # noqa: PLC0415 - comes with dbt
    from dbt_common.events.base_types import BaseEvent, EventLevel  # noqa: PLC0415
    from dbt_common.events.event_manager import EventManager  # noqa: PLC0415

    class Spoken(EventManager):
        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if (level or e.level_tag()) not in (EventLevel.DEBUG, EventLevel.TEST):
                super().fire_event(e, level, *args, **kwargs)

    former = client.get_event_manager()
    client.ctx_set_event_manager(Spoken())
    try:
        yield
    finally:
        client.ctx_set_event_manager(former)


@contextmanager
def _little_tidying() -> Iterator[None]:
    """Let Python look for garbage seldom, and not in what was there before: a parsed project is a million objects."""
    former = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*former)
        gc.unfreeze()


def _progress(say: Say) -> Callable[[EventMsg], None]:
    """Turn dbt's events into lines for a person: what broke or took long, else a sign of life every few seconds."""
    latest, finished = time.monotonic(), 0

    def on_event(event: EventMsg) -> None:
        nonlocal latest, finished
        if event.info.name not in _FINISHED:
            return
        finished += 1  # dbt's own index tells in which order steps began, which runs back and forth
        data, now = event.data, time.monotonic()
        good = event.info.level != "error"
        if good and data.execution_time < _LONG and now - latest < _LONG:
            return
        latest = now
        state = "" if good else f": {data.status}"
        total = data.num_models if event.info.name == "LogTestResult" else data.total
        say(f"  {cut(f'{finished} of {total} steps, {data.node_info.node_name}', _WIDTH)}{state}")

    return on_event


def _node(result: Any) -> DbtNode:  # noqa: ANN401 - a dbt RunResult, whose class moves between versions
    node = result.node
    path = getattr(node, "compiled_path", None)
    return DbtNode(
        unique_id=node.unique_id,
        resource_type=str(getattr(node.resource_type, "value", node.resource_type)),
        name=node.name,
        status=str(getattr(result.status, "value", result.status)),
        failures=result.failures,
        message=" ".join(str(result.message or "").split()),
        seconds=round(result.execution_time, 3),
        compiled_path=str(path) if path else None,
        sql=getattr(node, "compiled_code", None),
        description=" ".join(str(getattr(node, "description", "") or "").split()),
    )


def _words(error: BaseException) -> str:
    """Give an error of dbt as one paragraph."""
    return " ".join(str(error).split())[:1500]


@contextmanager
def _environ(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the time of one invocation; dbt reads them when it starts."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
