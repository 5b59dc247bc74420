"""Rules of closed months: what held when a month was closed, kept for ever, and whether the rule files still say it.

A close pins a bill to its delivery; here it is made sure that nobody moves its owners by a rule that reaches back.
Rules are effective-dated, so a change for the future never touches a closed month: each row is compared as far as it is
valid within the month. Belongs here: keeping and comparing. What a rule file may say is checked in `rules.py`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from orchestration.errors import FinopsError
from orchestration.landing.books import month_after
from orchestration.landing.ledger import write_json
from orchestration.landing.rules import RULE_FILES, read_rules

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from orchestration.landing.ledger import Ledger
    from orchestration.landing.rules import Row, RuleFile
    from orchestration.settings import Settings

_NO_FIGURES = ("invoice_tolerances.csv", "holidays.csv")
"""What decides no figure of a mart may change at any time."""

Held = tuple[str, str]
"""The name of a rule file, and a row of it as it holds within a month, as JSON."""


def keep_rules(settings: Settings, month: date) -> str:
    """Keep the rules that hold in a month; gives the name under which they are kept, once for equal rules."""
    rows = sorted(_held(settings, month))
    text = json.dumps(rows, ensure_ascii=False)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = _path(settings, name)
    if not path.exists():
        write_json(path, {"rules": [list(row) for row in rows]})
    return name


def refuse_changed_rules(settings: Settings, ledger: Ledger) -> None:
    """FinopsError naming file, row and month if a rule was changed for a month that is closed."""
    closed = ledger.closed()
    now: dict[date, dict[Held, Row]] = {}
    kept: dict[str, set[Held]] = {}
    for (source, month), close in sorted(closed.items()):
        if not close.rules:  # closed before rules were kept
            continue
        then = kept.setdefault(close.rules, set()) or _read(settings, close.rules)
        kept[close.rules] = then
        here = now.setdefault(month, _held(settings, month))
        if then == here.keys():
            continue
        after = month_after(max(month for _, month in closed))
        undo = f"or reopen the month first (make reopen MONTH={month:%Y-%m}) if it is meant to change"
        added = sorted(here.keys() - then, key=lambda held: (held[0], here[held]["line"]))
        if added:
            file, line = settings.rules_dir / added[0][0], here[added[0]]["line"]
            raise FinopsError(
                f"Rule file '{file}', line {line} ({_words(added[0])}): it holds in {month:%Y-%m}, which is closed for "
                f"source {source}, and did not when the month was closed. Give it a valid_from of {after} or later, "
                f"{undo}. Nothing is built until then."
            )
        gone = min(then - here.keys())
        raise FinopsError(
            f"Rule file '{settings.rules_dir / gone[0]}': the row {_words(gone)} held in {month:%Y-%m} when that was "
            f"closed for source {source}, and is gone or ends before it now. Bring it back, and end it with a valid_to "
            f"of {after} or later, {undo}. Nothing is built until then."
        )


def _held(settings: Settings, month: date) -> dict[Held, Row]:
    """List the rows that hold in a month, as far as they do."""
    rules, found = read_rules(settings), {}
    for kind in RULE_FILES:
        if kind.name in _NO_FIGURES:
            continue
        for row in rules[kind.table]:
            held = _within(kind, row, month)
            if held:
                found[kind.name, held] = row
    return found


def _within(kind: RuleFile, row: Row, month: date) -> str | None:
    """Write a row with its validity cut to the month; None if it does not hold there."""
    end = month_after(month)
    start, stop = max(row["valid_from"], month), min(row["valid_to"] or end, end)
    if start >= stop:
        return None
    values: dict[str, Any] = {
        name: str(row[name]) for name in kind.columns if row.get(name) is not None and not name.startswith("valid_")
    }
    return json.dumps(values | {"from": str(start), "to": str(stop)}, ensure_ascii=False, sort_keys=True)


def _words(held: Held) -> str:
    values = json.loads(held[1])
    return ", ".join(f"{name} {value}" for name, value in values.items() if name not in ("from", "to"))


def _read(settings: Settings, name: str) -> set[Held]:
    path = _path(settings, name)
    try:
        return {(file, row) for file, row in json.loads(path.read_text(encoding="utf-8"))["rules"]}
    except (OSError, ValueError, KeyError) as error:
        raise FinopsError(
            f"The rules of a closed month, '{path}', cannot be read ({error}); restore the state folder from a backup."
        ) from None


def _path(settings: Settings, name: str) -> Path:
    return settings.state_dir / "closed_rules" / f"{name}.json"
