"""Dagster's own folder: its configuration, written here, and its run history, which may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from orchestration.settings import Settings

CONFIG = """\
# Written by every run; put changes into orchestration/dagster_home.py.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1 # one run at a time; a run lock in FINOPS_HOME guards against runs from elsewhere too
run_monitoring:
  enabled: true
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 90}
"""


def prepare(settings: Settings) -> Path:
    """Write Dagster's configuration and point this process and its children at it; return the folder."""
    settings.make_home()
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.is_file() or config.read_text(encoding="utf-8") != CONFIG:
        config.write_text(CONFIG, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    return home


def open_instance(settings: Settings) -> DagsterInstance:
    """Open the run history for a run in this process, quick to write; what is printed stays on the terminal."""
    from dagster import DagsterInstance  # noqa: PLC0415 - slow
    from dagster._core.instance.ref import InstanceRef  # noqa: PLC0415 - the public way has no overrides

    home = prepare(settings)
    storage = "dagster._core.storage"
    history = {"config": {"base_dir": str(home / "history")}}
    overrides = {
        "compute_logs": {
            "module": f"{storage}.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
            "config": {},
        },
        "run_storage": {"module": f"{storage}.runs", "class": "SqliteRunStorage"} | history,
        "event_log_storage": {"module": "orchestration.event_log", "class": "QuickEventLog"}
        | {"config": {"base_dir": str(home / "history" / "runs")}},
        "schedule_storage": {"module": f"{storage}.schedules", "class": "SqliteScheduleStorage"}
        | {"config": {"base_dir": str(home / "schedules")}},
    }
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))
