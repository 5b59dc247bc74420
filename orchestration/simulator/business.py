"""Facts of the business around the bills: rates of exchange, invoices that follow from the exports, plans and trade.

Belongs here: what a treasury and an accounting system would hand over as CSV, and which fact is written where. Does
not belong here: bills; what is planned (`plans`), done (`trade`) and decided (`decisions`). Written after all exports,
since an invoice is a bill rounded to cents, service by service.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from pathlib import Path

import duckdb

from . import decisions, plans, trade
from .company import PAYER
from .cur2 import Company
from .engine import quoted
from .layout import Export
from .periods import NET, Month

RATES, INVOICES = "exchange_rates", "invoices"
_CENT = Decimal("0.01")
_CONTRACT = 24_000
"""USD a month that the discount contract with AWS asks for."""
_RATE_HEADER = ("rate_date", "from_currency", "to_currency", "rate", "rate_source")
_INVOICE_HEADER = (
    *("invoice_issuer_name", "invoice_id", "billing_account_id", "billing_month", "billing_currency"),
    *("untaxed_cost", "tax_cost", "credit_cost", "issue_date", "due_date"),
)


def write(con: duckdb.DuckDBPyConnection, exports: Path, export: Export, months: list[Month], company: Company) -> None:
    """Write the facts below `exports`, a folder each, beside the bills that are there already."""
    seed, copies = company.seed, company.copies
    _write_csv(exports / RATES / "rates.csv", _RATE_HEADER, _rates(months, seed))
    closed = [month for month in months if month.refreshes[-1].is_final]
    rows = [row for month in closed for row in (*_aws(con, export, month), *_saas(con, exports, month))]
    _write_csv(exports / INVOICES / "invoices.csv", _INVOICE_HEADER, rows)
    decided = decisions.Decisions(months, seed, copies)
    for name, header, facts in (
        ("budgets", plans.BUDGET_HEADER, plans.budgets(months, copies)),
        ("fiscal_calendar", plans.CALENDAR_HEADER, plans.fiscal_calendar(months)),
        ("business_metrics", trade.METRIC_HEADER, chain(trade.metrics(months, seed), _contract(closed, rows, copies))),
        ("software_deliveries", trade.DELIVERY_HEADER, trade.software_deliveries(months, seed)),
        ("incidents", trade.INCIDENT_HEADER, chain(trade.incidents(months, seed), decided.incidents())),
        ("worklogs", trade.WORKLOG_HEADER, chain(trade.worklogs(months, seed), decided.worklogs())),
        ("recommendations", decisions.RECOMMENDATION_HEADER, decided.recommendations()),
        ("planned_changes", decisions.CHANGE_HEADER, decided.planned_changes()),
        ("approvals", decisions.REQUEST_HEADER, decided.requests()),
        ("ownership_registry", decisions.OWNER_HEADER, decided.owners()),
    ):
        _write_csv(exports / name / f"{name}.csv", header, facts)


def _rates(months: list[Month], seed: int) -> Iterator[Sequence[object]]:
    """Walk from 1.08 USD for one EUR, a step each working day; markets rest at weekends."""
    day, end = months[0].start.date() - timedelta(days=10), months[-1].refreshes[-1].executed_at.date()
    rate = 10_800
    while day <= end:
        step = int(hashlib.md5(f"rate|{seed}|{day}".encode(), usedforsecurity=False).hexdigest()[:6], 16)
        rate += step % 81 - 40 + (11_000 - rate) // 200
        if day.weekday() < 5:
            yield day, "EUR", "USD", Decimal(rate) / 10_000, "Harbourline treasury"
        day += timedelta(days=1)


def _aws(con: duckdb.DuckDBPyConnection, export: Export, month: Month) -> Iterator[Sequence[object]]:
    paid = "coalesce(line_item_net_unblended_cost, line_item_unblended_cost)"
    cost = paid if month.discount_mode == NET else "line_item_unblended_cost"
    folder = export.data_file(month, month.refreshes[-1], 1).parent
    query = f"""
        SELECT coalesce(nullif(bill_invoicing_entity, ''), 'Amazon Web Services, Inc.'), bill_invoice_id,
            bill_payer_account_id, line_item_currency_code, line_item_product_code,
            line_item_line_item_type = 'Tax', line_item_line_item_type = 'Credit', sum({cost}::DECIMAL(38, 10))
        FROM read_parquet({quoted(folder / "*.parquet")}, hive_partitioning = false)
        WHERE bill_invoice_id IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    yield from _invoices(con.execute(query).fetchall(), month)


def _saas(con: duckdb.DuckDBPyConnection, exports: Path, month: Month) -> Iterator[Sequence[object]]:
    files = quoted(exports / "saas_focus" / f"*{month.name}.csv.gz")
    query = f"""
        SELECT InvoiceIssuerName, InvoiceId, BillingAccountId, BillingCurrency, ServiceName,
            ChargeCategory = 'Tax', ChargeCategory = 'Credit', sum(BilledCost::DECIMAL(38, 10))
        FROM read_csv({files}, all_varchar = true) WHERE InvoiceId IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    yield from _invoices(con.execute(query).fetchall(), month)


def _invoices(positions: list[tuple], month: Month) -> Iterator[Sequence[object]]:
    """Add up positions (issuer, invoice, account, currency, service, is tax, is credit, cost), each in whole cents."""
    found: dict[tuple[str, ...], list[Decimal]] = {}
    for issuer, invoice, account, currency, _, is_tax, is_credit, cost in positions:
        amounts = found.setdefault((issuer, invoice, account, currency), [Decimal(0)] * 3)
        rounded = cost.quantize(_CENT, ROUND_HALF_UP)
        amounts[1 if is_tax else 0] += rounded
        amounts[2] += rounded if is_credit else 0
    issued = month.end.date() + timedelta(days=4)
    for (issuer, invoice, account, currency), (untaxed, tax, credit) in found.items():
        yield (
            issuer,
            invoice,
            account,
            month.start.date(),
            currency,
            untaxed,
            tax,
            credit,
            issued,
            issued + timedelta(30),
        )


def _contract(closed: list[Month], invoices: list[Sequence[object]], copies: int) -> Iterator[Sequence[object]]:
    """Give what counts towards AWS's discount contract in each month of it, beside a month's part of what it asks."""
    for month in closed:
        start = month.start.date()
        if month.is_discounted:
            paid = sum(row[5] for row in invoices if row[2] == PAYER and row[3] == start)
            for name, value in (("contract_consumed", paid), ("contract_committed", _CONTRACT * copies)):
                yield trade.metric(name, "currency", ("provider", "AWS"), start, value, currency="USD")


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
