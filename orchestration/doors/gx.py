"""Running Great Expectations: importing it late, a context that lives in memory, one pass over several batches.

Everything that both doors need from the library. What is expected is said in ``front`` and ``publication_checks``;
the pages are made in ``docs``.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from orchestration.doors.checks import Severity

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext


@dataclass(frozen=True)
class Planned:
    """One expectation to run and what a person reads about it.

    ``kind`` is the class of the expectation in ``great_expectations.expectations``, ``arguments`` what it is made with.
    """

    name: str
    title: str
    severity: Severity
    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What is looked at: ``define`` makes the batch in a context, ``plans`` are run on it."""

    subject: str
    define: Callable[[EphemeralDataContext], BatchDefinition]
    plans: list[Planned]


@dataclass(frozen=True)
class Outcome:
    """What the library said about one planned expectation; ``problem`` is set where it could not be evaluated."""

    subject: str
    plan: Planned
    passed: bool
    result: dict[str, Any]
    problem: str | None


def load() -> ModuleType:
    """Import Great Expectations, silent and without its telemetry; takes about seven seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, while the library is imported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = import_module("great_expectations")
    for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets its own level
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return module


def preload() -> threading.Thread:
    """Start the import in the background while the engine works; a later ``load`` waits for what is left of it."""
    thread = threading.Thread(target=load, name="great-expectations-import", daemon=True)
    thread.start()
    return thread


def new_context() -> EphemeralDataContext:
    """Return a context that keeps everything in memory and draws no progress bars."""
    context = load().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def run(
    context: EphemeralDataContext,
    door: str,
    run_name: str,
    batches: Iterable[Batch],
    frame: pd.DataFrame | None = None,
    result_format: str = "COMPLETE",
) -> list[Outcome]:
    """Run all batches in one checkpoint and return the outcomes in the order they were planned.

    ``frame`` is what batches of a pandas asset look at; with ``COMPLETE`` the result says which of its rows failed.
    An expectation that raises (a column is missing, a value does not convert) is an outcome that did not pass.
    """
    gx = load()
    definitions, plans = [], {}
    for batch in batches:
        suite = context.suites.add(gx.ExpectationSuite(name=batch.subject))
        for plan in batch.plans:
            plans[batch.subject, plan.name] = plan
            make = getattr(gx.expectations, plan.kind)
            meta = {"check": plan.name, "title": plan.title}
            suite.add_expectation(make(**plan.arguments, severity=plan.severity, meta=meta))
        definitions.append(
            context.validation_definitions.add(
                gx.ValidationDefinition(name=batch.subject, data=batch.define(context), suite=suite)
            )
        )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name=door, validation_definitions=definitions, result_format={"result_format": result_format})
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parameters = None if frame is None else {"dataframe": frame}
        results = checkpoint.run(parameters, run_id=gx.RunIdentifier(run_name=run_name)).run_results
    found = {}
    for validation in results.values():
        for result in validation.results:
            name = result.expectation_config.meta["check"]
            subject = validation.suite_name
            found[subject, name] = _outcome(subject, plans[subject, name], result)
    return [found[key] for key in plans]


def _outcome(subject: str, plan: Planned, result: ExpectationValidationResult) -> Outcome:
    """Translate one result; the library nests the exception one level deeper where a metric raised it."""
    problem = None
    info = result.exception_info or {}
    for entry in [info, *[value for value in info.values() if isinstance(value, dict)]]:
        if entry.get("raised_exception"):
            problem = str(entry.get("exception_message") or "raised an exception").strip().splitlines()[0]
            break
    return Outcome(subject, plan, bool(result.success) and problem is None, dict(result.result or {}), problem)
