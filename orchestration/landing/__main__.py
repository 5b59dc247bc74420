"""`python -m orchestration.landing`: land what is new and say what the ledger holds, without building anything.

What a run would refuse at the front door is refused here too.
"""

from __future__ import annotations

import sys

from orchestration import stops
from orchestration.errors import FinopsError
from orchestration.inspection import FrontDoor
from orchestration.landing.land import LandingResult, land
from orchestration.landing.ledger import Ledger, load_ledger
from orchestration.lock import run_lock
from orchestration.settings import Settings


def main() -> int:
    """Land once; exit code 1 with one paragraph if that cannot be done."""
    try:
        settings = Settings.from_env()
        door = FrontDoor(settings)
        with run_lock(settings), stops.heard():
            result = land(settings, inspect=door.inspect)
            odd = [check.sentence() for check in door.finish() if not check.passed and not check.blocks]
        _show(result, load_ledger(settings), list(dict.fromkeys([*result.warnings, *odd])))
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped from outside; the next landing or run takes the work up.", file=sys.stderr)
        return 1
    return 0


def _show(result: LandingResult, ledger: Ledger, warnings: list[str]) -> None:
    new = {(outcome.source_name, outcome.billing_month) for outcome in result.new}
    rows = [("source", "month", "state", "lines", "delivered cost")]
    for (source_name, month), delivery in sorted(ledger.current().items()):
        state = "new" if (source_name, month) in new else "unchanged"
        costs = ", ".join(f"{cost.delivered_cost.normalize():f} {cost.billing_currency}" for cost in delivery.costs)
        rows.append((source_name, f"{month:%Y-%m}", state, f"{delivery.row_count:,}", costs or "-"))
    for source_name, facts in ledger.current_facts().items():
        state = "new" if (source_name, None) in new else "unchanged"
        rows.append((source_name, "-", state, f"{facts.row_count:,}", "-"))
    for outcomes, state in ((result.pending, "pending"), (result.rejected, "rejected")):
        for outcome in outcomes:
            month = f"{outcome.billing_month:%Y-%m}" if outcome.billing_month else "?"
            rows.append((outcome.source_name, month, state, "-", "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for message in [*(outcome.message for outcome in result.pending + result.rejected), *warnings]:
        print(f"\n{message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
