"""What is decided about alerts that are sent without a publication: kind, rule, acknowledgement, owner of a scope.

The same as in the feed (`models/ops/alerts/alert_conditions.sql`, `alert_owners.sql`), for one day. Belongs here:
reading what was decided. What is found to be told is in `direct.py`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.alert_kinds import kinds
from orchestration.errors import FinopsError
from orchestration.landing.rules import read_rules

if TYPE_CHECKING:
    from orchestration.settings import Settings


@dataclass(frozen=True)
class Policy:
    """What a kind of alert, and the rules about it, say for one scope."""

    severity: str
    threshold: Decimal
    escalation: Decimal | None
    refire_days: int
    value_unit: str
    what_to_do: str
    channel: str | None

    def severity_of(self, value: Decimal) -> str | None:
        """Judge a value; None where it is no alert."""
        if self.severity == "off" or value < self.threshold:
            return None
        return "critical" if self.escalation is not None and value >= self.escalation else self.severity


class Decided:
    """All that is decided, as it is valid on a day; rules that are broken are left aside."""

    def __init__(self, settings: Settings, today: date) -> None:
        """Read the reference and the rules."""
        self._settings = settings
        try:
            rules = read_rules(settings)
        except FinopsError:
            rules = {"rule_alerts": [], "rule_acknowledgements": []}
        self._rules, self._acknowledged = (
            [row for row in rules[table] if row["valid_from"] <= today < (row["valid_to"] or date.max)]
            for table in ("rule_alerts", "rule_acknowledgements")
        )
        self._today = today

    def policy(self, kind: str, scope_type: str, scope_id: str) -> Policy:
        """Give what the kind says, or the most specific rule of that day."""
        base = kinds()[kind]
        rules = [
            rule
            for rule in self._rules
            if rule["alert_kind"] == kind
            and rule["scope_type"] in (None, scope_type)
            and rule["scope_id"] in (None, scope_id)
        ]
        rule = min(rules, key=lambda row: (row["scope_id"] is None, row["scope_type"] is None), default={})
        said: dict[str, Any] = {
            name: rule.get(name) if rule.get(name) is not None else base.get(name) or None
            for name in (*base, "channel")
        }
        return Policy(
            severity=said["severity"],
            threshold=Decimal(said["threshold_value"]),
            escalation=None if said["escalation_value"] is None else Decimal(said["escalation_value"]),
            refire_days=int(said["refire_days"]),
            value_unit=base["value_unit"],
            what_to_do=base["what_to_do"],
            channel=said["channel"],
        )

    def is_acknowledged(self, alert_id: str) -> bool:
        """Tell whether somebody has taken it on."""
        return any(row["alert_id"] == alert_id for row in self._acknowledged)

    def owner(self, scope_type: str, scope_id: str) -> tuple[str | None, str | None]:
        """Name who answers for a scope, else for the company, and how to reach them; as readers see it."""
        rows = read_served(
            self._settings,
            "ownership_registry",
            "select owner, owner_contact from ownership_registry where $1 >= coalesce(valid_from, $1) "
            "and $1 < coalesce(valid_to, date '9999-12-31') "
            "and (scope_type = 'company' or (scope_type = $2 and scope_id = $3)) "
            "order by scope_type = 'company', case owner_role when 'cost_owner' then 1 when 'technical_owner' then 2 "
            "else 3 end, owner limit 1",
            [self._today, scope_type, scope_id],
        )
        return rows[0] if rows else (None, None)


def silence_words(settings: Settings) -> dict[str, dict[str, str]]:
    """Give how the silence of a source is worded, and that of all of a kind, by what they have in common."""
    path = settings.project_dir / "seeds" / "reference" / "silence_words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["scope_type"]: row for row in csv.DictReader(file)}


def read_served(settings: Settings, relation: str, query: str, values: list[Any] | None = None) -> list[tuple]:
    """Ask the served publication; nothing where it is of an earlier version, or there is none."""
    database = settings.published_link / "finops.duckdb"
    if not database.exists():
        return []
    with duckdb.connect(str(database.resolve()), read_only=True) as con:
        if not con.execute("select 1 from duckdb_columns() where table_name = $1", [relation]).fetchone():
            return []
        try:
            return con.execute(query, values or []).fetchall()
        except duckdb.BinderException:
            return []  # it lacks a column that came later; the next run makes a new one
