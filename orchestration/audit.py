"""The verdict: tests of the models, the last hop and the back door together say whether numbers may be shown.

Belongs here: gathering what was checked and putting a refusal into words. The checks themselves are dbt's tests,
``last_hop`` and ``doors.back``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.doors.checks import AuditResult, CheckResult
from orchestration.errors import FinopsError

if TYPE_CHECKING:
    from orchestration.publish import Staged

_SHOWN = 5


@dataclass(frozen=True)
class Verdict:
    """All checks of a run. ``docs`` is the first page of the Data Docs, where the back door was reached."""

    checks: Sequence[CheckResult]
    docs: str | None = None

    @property
    def failures(self) -> list[CheckResult]:
        """Return what forbids publishing."""
        return [check for check in self.checks if check.blocks]

    @property
    def warnings(self) -> list[CheckResult]:
        """Return what a reader should know."""
        return [check for check in self.checks if not check.passed and not check.blocks]

    @property
    def passed(self) -> bool:
        """Whether the numbers may be shown."""
        return not self.failures

    def raise_if_failed(self, look_in: Path | None) -> None:
        """FinopsError naming each failed check: rows, money, and the SQL that shows them in database ``look_in``."""
        failures = self.failures
        if not failures:
            return
        plural = "" if len(failures) == 1 else "s"
        lines = [f"The audit failed, nothing was published: {len(failures)} check{plural} of {len(self.checks)}."]
        for check in failures[:_SHOWN]:
            lines.append(f"- {check.sentence()}")
            if check.look:
                lines.append(f"  To see them: {' '.join(check.look.split())}")
        if len(failures) > _SHOWN:
            lines.append(f"- and {len(failures) - _SHOWN} more, see run_report.json.")
        if look_in is not None:
            lines.append(f"Look in the database {look_in}{f' and at {self.docs}' if self.docs else ''}.")
        lines.append("Readers still see the former publication, if there was one.")
        raise FinopsError("\n".join(lines))


def conclude(
    tests: Iterable[CheckResult] = (), last_hop: Iterable[CheckResult] = (), doors: AuditResult | None = None
) -> Verdict:
    """Tie the results together, the models' tests first: what fails early explains what fails late."""
    return Verdict([*tests, *last_hop, *(doors.checks if doors else ())], doors.docs if doors else None)


def refuse(verdict: Verdict, staged: Staged) -> None:
    """Where the verdict is bad: put the staged publication aside, keeping its database to look into, and raise."""
    from orchestration.publish import discard  # noqa: PLC0415 - publishing is not needed to judge

    if not verdict.passed:
        verdict.raise_if_failed(discard(staged, keep_database=True))
