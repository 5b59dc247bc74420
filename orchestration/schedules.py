"""When the job runs by itself: every day, and when something new lies in a source's folder.

Both are off until they are switched on in the UI. Nothing is opened here but manifests of exports.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from orchestration.errors import FinopsError
from orchestration.landing.discover import discover
from orchestration.settings import Settings
from orchestration.sources import load_sources

# Providers refresh bills through the night (UTC); by six the refresh of the day before is there.
HOUR = "0 6 * * *"
LOOK_EVERY_SECONDS = 300


def run_config(months: list[str], *, quiet: bool = False) -> dict[str, Any]:
    """Return the run config for these billing months (`2026-10`); empty for all.

    `quiet` leaves Dagster's events to its history: the pipeline itself speaks.
    """
    config: dict[str, Any] = {"resources": {"pipeline": {"config": {"months": months}}}}
    return config | {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}} if quiet else config


def open_months(day: date) -> list[str]:
    """Return the previous and the open billing month: the one before is still corrected for some days."""
    first = day.replace(day=1)
    return [f"{first - timedelta(days=1):%Y-%m}", f"{first:%Y-%m}"]


def daily(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Make the daily schedule for the open and the previous month."""

    @dg.schedule(name="daily", job=job, cron_schedule=os.environ.get("FINOPS_SCHEDULE", HOUR), execution_timezone="UTC")
    def every_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """Load, build, audit and publish the open and the previous month."""
        moment: datetime = context.scheduled_execution_time
        months = open_months(moment.date())
        return dg.RunRequest(run_key=f"{moment:%Y-%m-%dT%H:%M}", run_config=run_config(months))

    return every_day


def new_deliveries(job: dg.JobDefinition) -> dg.SensorDefinition:
    """Make the sensor that asks for a run when a finished delivery appears; its cursor: what lies there, seen when."""

    @dg.sensor(name="new_deliveries", job=job, minimum_interval_seconds=LOOK_EVERY_SECONDS)
    def look(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Look into every source's folder; no data file is opened."""
        try:
            seen = listing(Settings.from_env())
        except FinopsError as error:
            yield dg.SkipReason(str(error))
            return
        if seen == (context.cursor or "").partition("@")[0]:
            yield dg.SkipReason("Nothing has changed in the folders of the sources.")
            return
        # With the time: Dagster never again runs a key it knows, and an earlier listing may come back, or a person may
        # reset the cursor after a run that failed.
        key = f"{seen}@{datetime.now(UTC).isoformat()}"
        context.update_cursor(key)
        yield dg.RunRequest(run_key=key, run_config=run_config([]))

    return look


def listing(settings: Settings) -> str:
    """Digest the finished deliveries that lie in the folders of all sources: names, sizes, times, manifests."""
    digest = hashlib.sha256()
    for source in load_sources(settings):
        for signature in sorted(candidate.signature for candidate in discover(source).candidates):
            digest.update(f"{source.name}\0{signature}\n".encode())
    return digest.hexdigest()
