"""What a check at a door asks, and what it says once it has run; shared by both doors and by whoever reports on them.

Plain data without Great Expectations, so that reading a result never pays for importing it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

from orchestration.words import counted

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Check:
    """Rows of a relation that must not exist. ``{batch}`` in the SQL is the relation.

    A column ``difference`` or ``money`` of the result is the money concerned. ``advice`` tells what a failure means.
    """

    name: str
    relation: str
    title: str
    sql: str
    severity: Severity = "critical"
    advice: str = ""


@dataclass(frozen=True)
class CheckResult:
    """One check on one subject: a relation at the back door, a delivery at the front door.

    ``money`` is the sum of the absolute amounts in the failing rows as decimal text per currency
    (``12.5 USD, 3 EUR``), None where no money is involved. ``look`` is SQL that shows the failing rows.
    """

    name: str
    title: str
    subject: str
    severity: Severity
    passed: bool
    failing_rows: int = 0
    money: str | None = None
    look: str | None = None
    message: str = ""
    source_name: str | None = None
    billing_month: str | None = None
    delivery_id: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether this result alone forbids going on."""
        return not self.passed and self.severity == "critical"

    def as_dict(self) -> dict[str, object]:
        """Return the result for ``run_report.json``, without empty fields."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    def sentence(self) -> str:
        """One sentence for a person: what is wrong, where, how much."""
        size = counted(self.failing_rows, "row")
        if self.money:
            size += f" with {self.money}"
        detail = f" {self.message}" if self.message else ""
        return f"{self.subject}: {size} against the rule '{self.title}' ({self.name}).{detail}"


@dataclass(frozen=True)
class AuditResult:
    """All checks of one publication at the back door. ``seconds`` includes importing Great Expectations."""

    publication_id: str
    checks: list[CheckResult] = field(default_factory=list)
    seconds: float = 0.0
    docs: str | None = None

    @property
    def passed(self) -> bool:
        """True when nothing critical failed; warnings do not count."""
        return not any(check.blocks for check in self.checks)

    @property
    def failures(self) -> list[CheckResult]:
        """Return the failed critical checks."""
        return [check for check in self.checks if check.blocks]

    @property
    def warnings(self) -> list[CheckResult]:
        """Return the failed checks that are only reported."""
        return [check for check in self.checks if not check.passed and not check.blocks]
