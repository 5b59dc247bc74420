"""How much money is in the rows that a check complains about; exact, as text, per currency."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from orchestration.landing.engine import identifier
from orchestration.words import plain

_PREFERRED = ("money", "difference", "effective_cost", "billed_cost", "EffectiveCost", "BilledCost")
_CURRENCIES = ("billing_currency", "currency", "BillingCurrency")


def rows_and_money(con: duckdb.DuckDBPyConnection, failing_rows_sql: str) -> tuple[int, str | None]:
    """Count the failing rows and add up the absolute money in them.

    The money column is the first decimal column named in a fixed order of preference, else the first ending in
    ``_cost``; amounts of different currencies stay apart. None where the rows carry no money.
    """
    described = con.execute(f"describe {failing_rows_sql}").fetchall()
    decimals = [row[0] for row in described if row[1].startswith(("DECIMAL", "HUGEINT", "BIGINT", "INTEGER"))]
    names = {row[0] for row in described}
    money = next((name for name in _PREFERRED if name in decimals), None)
    money = money or next((name for name in decimals if name.endswith("_cost")), None)
    if money is None:
        return con.execute(f"select count(*) from ({failing_rows_sql}) as failing").fetchone()[0], None
    currency = next((identifier(name) for name in _CURRENCIES if name in names), "cast(null as varchar)")
    sums = con.execute(
        f"select {currency} as currency, count(*), sum(abs({identifier(money)})) from ({failing_rows_sql}) as failing "
        "group by 1 order by 1"
    ).fetchall()
    amounts = [f"{plain(Decimal(amount))} {unit or ''}".rstrip() for unit, _, amount in sums if amount is not None]
    return sum(count for _, count, _ in sums), ", ".join(amounts) or None
