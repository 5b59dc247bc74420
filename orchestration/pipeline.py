"""One run of the warehouse, step by step: prepare, land, build, publish. Knows nothing of the scheduler.

Belongs here: the order of the steps, what one hands to the next, what is said to a person and written in the report.
The steps themselves are in `landing`, `build`, `publish` and `doors`; `job.py` makes a Dagster job of them.
"""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration import files, rebuild, report
from orchestration.alerts.outcomes import record_outcome
from orchestration.errors import FinopsError
from orchestration.formats import is_bill
from orchestration.kept import record_kept
from orchestration.landing import LandingResult, Ledger, land, load_ledger, prune_raw
from orchestration.landing.closed_rules import refuse_changed_rules
from orchestration.landing.rules import read_rules
from orchestration.lock import run_lock
from orchestration.publish import clean_leftovers, last_publication, new_publication_id
from orchestration.sources import load_sources_file
from orchestration.summary import print_summary

if TYPE_CHECKING:
    from orchestration.build import BuildResult
    from orchestration.doors.checks import CheckResult
    from orchestration.landing.in_place import Look
    from orchestration.settings import Settings

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-01)?")


class Pipeline:
    """The state of one run. Call the steps in their order, and `close` whatever happens."""

    def __init__(
        self,
        settings: Settings,
        run_id: str,
        months: Collection[str] = (),
        as_of: str | None = None,
        *,
        look: Look | None = None,
    ) -> None:
        """`months` (`2026-10`) limits what is looked at for new deliveries; empty for all. `as_of`: see `build`.

        `look` finds tables that are read in place, for who loads another engine than DuckDB.
        """
        self.settings, self._look = settings, look
        self._wanted_months, self.months = list(months), set[date]()
        self.as_of = as_of
        self.report = report.RunReport(run_id)
        self.landing = LandingResult()
        self.plan: rebuild.Plan | None = None
        self.built: BuildResult | None = None
        self.publication_id: str | None = None
        self.front_checks: list[CheckResult] = []
        self.back_checks: list[CheckResult] = []
        self._ledger: Ledger | None = None
        self._stack = ExitStack()
        self._holds_lock = False
        self._failed_step: str | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger as this run sees it."""
        if self._ledger is None:
            self._ledger = load_ledger(self.settings)
        return self._ledger

    def prepare(self) -> None:
        """Take the lock, check what a person wrote, remove what a killed run left, make the sample company."""
        self.months = {_month(text) for text in self._wanted_months}
        self._stack.enter_context(run_lock(self.settings))
        self._holds_lock = True
        if self.settings.target == "bigquery" and self._look is None:
            raise FinopsError(
                "FINOPS_TARGET is 'bigquery', but this command publishes on DuckDB only so far. The same models run "
                "there: `python -m orchestration.bigquery` lands what is new, loads it, and says which dbt command "
                "builds it."
            )
        with self._step("prepare"):
            former = last_publication(self.settings)
            self.report.former_publication_id = former["id"] if former else None
            report.write_report(self.settings, self.report)
            wanted = load_sources_file(self.settings).simulate
            read_rules(self.settings)
            clean_leftovers(self.settings)
            record_kept(self.settings)  # what a run killed after its swap left out
        if wanted:
            with self._step("simulate"):
                self._simulate(dict(wanted))

    def land(self) -> LandingResult:
        """Take what is new, and say what was refused or is still being written."""
        from orchestration.inspection import FrontDoor  # noqa: PLC0415 - with pyarrow and more

        with self._step("land"):
            door = FrontDoor(self.settings)
            self._ledger = None
            self.landing = land(self.settings, self.months or None, door.inspect, self._look)
            self.front_checks = door.finish()
            self._ledger = load_ledger(self.settings)
            for outcome in self.landing.new:
                month = f" {outcome.billing_month:%Y-%m}" if outcome.billing_month else ""
                self.say(f"  {outcome.source_name}{month}: {outcome.message}")
            self.report.warnings += self.landing.warnings
            if not self.ledger.current():
                raise FinopsError(self._nothing_usable())
            for outcome in self.landing.pending:
                self.say(f"  waiting: {outcome.message}")
            for outcome in self.landing.rejected:
                print(outcome.message, file=sys.stderr, flush=True)
            if not any(is_bill(delivery.format) for delivery in self.ledger.current().values()):
                raise FinopsError(self._no_bill())
        return self.landing

    def build(self) -> rebuild.Plan:
        """Find out what is to be rebuilt and build it aside; nothing is built where nothing is new."""
        with self._step("plan"):
            refuse_changed_rules(self.settings, self.ledger)
            self.plan = plan = rebuild.make_plan(self.settings, self.ledger)
        if plan.needed:
            from orchestration import build  # noqa: PLC0415 - not needed where nothing is new

            with self._step("build", f"Building: {plan.reason}"):
                self.publication_id = new_publication_id(self.settings)
                rebuild.begin(self.settings, plan, self.publication_id)
                try:
                    self.built = build.build(
                        self.settings,
                        plan,
                        self.ledger,
                        self.publication_id,
                        as_of=self.as_of,
                        front_checks=self.front_checks,
                        say=self.say,
                    )
                except build.BuildFailed as error:
                    self.built = error.result
                    raise
        return plan

    def publish(self) -> None:
        """Stage, audit, verify and swap; then write the report and show the summary."""
        plan = self.plan
        if plan is None:
            raise RuntimeError("publish() comes after build()")
        if plan.needed:
            self._publish(plan)
            self.report.status, self.report.publication_id = "published", self.publication_id
        else:
            self.report.status, self.report.publication_id = "unchanged", self.report.former_publication_id
        self.report.reason = f"{plan.reason[:1].upper()}{plan.reason[1:]}."
        self.report.periods = self._periods()
        self.report.warnings += report.late_deliveries(self._shown(), self.report.periods)
        self.report.warnings += report.wrong_budgets(self._shown())
        self._tell()
        self._write_report()
        with suppress(BrokenPipeError):
            print_summary(self.settings, self.report)

    def finish_unpublished(self) -> None:
        """Write the report of a run that only loaded."""
        self.report.periods = self._ledger_periods()
        self._write_report()

    def fail(self, error: BaseException) -> None:
        """Note why the run ends without a publication, in the report and for a person."""
        self.report.status, self.report.failed_step = "failed", self._failed_step
        if isinstance(error, FinopsError):
            self.report.error = str(error)
        elif files.is_disk_full(error):
            self.report.error = f"No space is left on the disk of {self.settings.home}; free some and run again."
        else:
            self.report.error = f"Unexpected error, which is a defect of the program: {type(error).__name__}: {error}"
            traceback.print_exception(error, file=sys.stderr)
        self.report.reason = "Nothing was published."
        print(f"\n{self.report.error}", file=sys.stderr, flush=True)
        if not self._holds_lock:  # the report belongs to the run that is working
            return
        self.report.periods = self._ledger_periods()
        self._tell()
        try:
            self._write_report()
        except OSError as problem:
            print(f"{self.settings.run_report} cannot be written: {problem}.", file=sys.stderr, flush=True)

    def stop(self) -> str:
        """Note that the run was stopped from outside, and what that means; no alert, since somebody knows."""
        served = last_publication(self.settings)
        if self.publication_id and served and served["id"] == self.publication_id:
            seen = "readers see what it had published"
        else:
            seen = "nothing was published, and readers see what they saw before"
        self.report.status, self.report.reason = "failed", "Stopped from outside."
        self.report.failed_step = self._failed_step
        self.report.error = f"The run was stopped from outside: {seen}. Run again; the next run takes the work up."
        print(f"\n{self.report.error}", file=sys.stderr, flush=True)
        if self._holds_lock:
            self.report.periods = self._ledger_periods()
            self._write_report()
        return self.report.error

    def close(self) -> None:
        """Give the lock back."""
        self._stack.close()

    def say(self, line: str) -> None:
        """Tell a person how far the run has come; that nobody listens any more is no reason to fail."""
        with suppress(OSError):
            print(line, flush=True)

    @contextmanager
    def _step(self, name: str, words: str | None = None) -> Iterator[None]:
        titles = {"simulate": "Making the sample company", "land": "Looking for new deliveries"}
        if words or name in titles:
            self.say(words or titles[name])
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self._failed_step = name
            raise
        finally:
            self.report.seconds[name] = round(time.monotonic() - begun, 2)

    def _simulate(self, wanted: dict[str, object]) -> None:
        """Write the exports of the made-up company, and live in its day; what is there already stays."""
        from orchestration.simulator import SimulationError, simulate  # noqa: PLC0415 - seldom needed

        out = Path(str(wanted.pop("out", self.settings.home / "sample_company")))
        try:
            made = simulate(out, **wanted, memory_limit=self.settings.memory_limit, threads=self.settings.threads)
        except (SimulationError, ValueError, TypeError) as error:
            raise FinopsError(
                f"{self.settings.sources_file}: 'simulate:' cannot be carried out: {error} Correct it, or remove it to "
                "load exports of your own."
            ) from error
        # a made-up company lives when it was made up: by our calendar its sources would be silent for ever
        self.as_of = self.as_of or f"{made.today:%Y-%m-%d %H:%M:%S}"

    def _publish(self, plan: rebuild.Plan) -> None:
        from orchestration import audit, publish  # noqa: PLC0415 - not needed where nothing is new
        from orchestration.doors.back import audit_publication  # noqa: PLC0415

        with self._step("stage", "Staging the publication"):
            told = {"books": plan.books, "rules_hash": plan.rules_hash, "project_hash": plan.project_hash}
            staged = publish.stage(
                self.settings, self.settings.build_db, self.publication_id, plan.changed_months, plan.inputs, **told
            )
        try:
            with self._step("audit", "Auditing it"):
                last_hop = publish.verify(staged)
                doors = audit_publication(staged.database, self.settings, publication_id=self.publication_id)
                self.back_checks = [*last_hop, *doors.checks]
                audit.refuse(audit.conclude(self.built.checks if self.built else (), last_hop, doors), staged)
        except BaseException:
            publish.discard(staged)
            raise
        with self._step("publish"):
            publish.swap(staged, self.settings)
            try:  # from here on readers see it: what fails now is a nuisance that the next run mends
                rebuild.finish(self.settings, plan, self.publication_id)
                record_kept(self.settings)
                prune_raw(self.settings)
            except (OSError, duckdb.Error) as error:
                self.report.warnings.append(f"Published, but cleaning up afterwards failed: {error}.")

    def _nothing_usable(self) -> str:
        reasons = [outcome.message for outcome in (*self.landing.rejected, *self.landing.pending)]
        names = ", ".join(f"{source.name} ({source.uri})" for source in self.ledger.sources)
        why = " ".join(reasons) or f"Nothing was found in: {names}."
        return f"There is no usable delivery of any source, so nothing can be published. {why}"

    def _no_bill(self) -> str:
        names = ", ".join(sorted({delivery.source_name for delivery in self.ledger.current().values()}))
        return (
            f"No source delivers a bill: {names} tells what was used, not what it cost, so nothing can be published. "
            "Add the bill of whoever runs it to sources.yml; what was loaded is kept."
        )

    def _periods(self) -> list[report.PeriodReport]:
        """Account for every source and month as the publication shows it."""
        return self._marked(report.periods_of(self._shown()))

    def _shown(self) -> Path:
        """Return the database that readers see."""
        return self.settings.published_link.resolve() / "finops.duckdb"

    def _ledger_periods(self) -> list[report.PeriodReport]:
        """Return the same where nothing was published: what the ledger knows."""
        try:
            ledger = self.ledger
        except FinopsError:
            return []
        periods = [
            report.PeriodReport(
                source,
                f"{month:%Y-%m}",
                item.delivery_id,
                file_count=len(item.files),
                row_count=item.row_count,
                byte_count=item.byte_count,
                cost_in={currency: f"{cost:f}" for currency, cost in item.delivered_costs.items()},
            )
            for (source, month), item in sorted(ledger.current().items())
        ]
        for state, found in (("rejected", ledger.rejections), ("pending", ledger.pending)):
            for item in found:
                month = f"{item.billing_month:%Y-%m}" if item.billing_month else None
                periods.append(report.PeriodReport(item.source_name, month, state=state, message=item.message))
        return self._marked(periods)

    def _marked(self, periods: list[report.PeriodReport]) -> list[report.PeriodReport]:
        new = {
            (item.source_name, f"{item.billing_month:%Y-%m}" if item.billing_month else None)
            for item in self.landing.new
        }
        for period in periods:
            period.is_new = period.state == "current" and (period.source_name, period.billing_month) in new
        return periods

    def _gather_checks(self) -> None:
        tests = self.built.checks if self.built else []
        self.report.checks = [*self.front_checks, *tests, *self.back_checks]

    def _write_report(self) -> None:
        self._gather_checks()
        report.write_report(self.settings, self.report)

    def _tell(self) -> None:
        """Note how the run ended, and send what is to be told; neither can make it end otherwise."""
        from orchestration.alerts.deliver import deliver  # noqa: PLC0415 - with an HTTP client

        self._gather_checks()
        try:
            record_outcome(self.settings, self.report)
            today = datetime.fromisoformat(self.as_of).date() if self.as_of else None
            self.report.warnings += deliver(self.settings, self.report, today=today)
        except OSError as error:
            self.report.warnings.append(f"How this run ended could not be noted, nor be told: {error}.")


def _month(text: str) -> date:
    """Read a billing month of the run's config."""
    match = _MONTH.fullmatch(text.strip())
    if not match:
        raise FinopsError(f"'{text}' is not a billing month; write it as 2026-10.")
    return date(int(match[1]), int(match[2]), 1)
