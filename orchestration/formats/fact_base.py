"""What a fact of the business is, as data: its columns, what makes a row unique, and what no row may say.

A fact comes as CSV or Parquet under the header that is written here; one delivery is one snapshot, the whole truth.
Conditions are SQL over the typed columns, in words that every engine knows. Files and messages are the business of
`landing/facts/`; the twelve facts themselves are in `facts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from orchestration.formats.base import name_key

# kind -> type in the raw relations. A rate has twelve decimals: nine would cost a weak currency half of its digits.
# A provider writes times in more ways than a company is asked to: month first with slashes, too.
FACT_TYPES = {
    "text": "varchar",
    "currency": "varchar",
    "any_currency": "varchar",
    "decimal": "decimal(38, 9)",
    "rate": "decimal(38, 12)",
    "integer": "bigint",
    "date": "date",
    "month": "date",
    "timestamp": "timestamp",
    "provider_time": "timestamp",
    "boolean": "boolean",
}

SCOPE_TYPES = (
    "company",
    "business_unit",
    "cost_center",
    "team",
    "product",
    "feature",
    "environment",
    "provider",
    "billing_account",
    "sub_account",
    "service",
    "region",
    "resource",
)


@dataclass(frozen=True)
class FactColumn:
    """One column; `kind` is a key of `FACT_TYPES`. With `values`, nothing else may stand in it."""

    name: str
    kind: str = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other names under which it may be delivered. Letter case, blanks and underscores never matter."""

    @property
    def sql_type(self) -> str:
        """The type of this column in the raw relations."""
        return FACT_TYPES[self.kind]


@dataclass(frozen=True)
class Rule:
    """A row in which `broken` is true is refused; the sentence says what the value of the column must be."""

    column: str
    broken: str
    sentence: str


@dataclass(frozen=True)
class Periods:
    """Rows that agree in `key` must not overlap in time; `end` is exclusive, an empty date is open.

    Without `gaps_allowed` each must begin on the day on which the one before it ends.
    """

    key: tuple[str, ...]
    start: str
    end: str
    gaps_allowed: bool = True


@dataclass(frozen=True)
class Agreement:
    """Rows that agree in `key` must agree in `column` too."""

    key: str
    column: str


@dataclass(frozen=True)
class Jump:
    """A warning: `column` is more than `factor` times what it was in the row before, by `order` within `key`."""

    key: tuple[str, ...]
    order: str
    column: str
    factor: int


@dataclass(frozen=True)
class Steady:
    """A warning: within `key` a day or month (as `grain` says) is missing, or comes as month and as days too."""

    key: tuple[str, ...]
    grain: str
    start: str


@dataclass(frozen=True)
class Opposites:
    """Rows of one `order` that turn `pair` round must give about 1 when their `column` is multiplied."""

    pair: tuple[str, str]
    order: str
    column: str
    tolerance: str


@dataclass(frozen=True)
class FactFormat:
    """One kind of fact. `grain` completes "One row per …"; rows that agree in all of `key` are one row too many."""

    name: str
    title: str
    grain: str
    columns: tuple[FactColumn, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    periods: Periods | None = None
    agreements: tuple[Agreement, ...] = ()
    jump: Jump | None = None
    steady: Steady | None = None
    opposites: Opposites | None = None
    null_texts: frozenset[str] = frozenset()
    """Words that stand for an empty cell of a CSV file, besides the blank."""
    described_by: str = ""
    """Where its columns are described; a fact of the company has a template here."""
    expected: tuple[str, ...] = ()
    """Columns that every file must have, though a row may leave them empty."""
    is_large: bool = False
    """Up to millions of rows: read by the engine, not row by row, and also out of ZIP archives."""
    used_by: tuple[str, ...] = ()
    """Formats of bills whose lines are built with it: what it says anew of some days builds their months anew."""
    span: tuple[str, str] = ("", "")
    """With `used_by`: the columns of the time for which a row holds, the second one may be empty."""

    @cached_property
    def by_name(self) -> dict[str, FactColumn]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_key(self) -> dict[str, FactColumn]:
        """Columns by every name that they may have, letters and digits alone, lower case."""
        return {name_key(name): column for column in self.columns for name in (column.name, *column.aliases)}

    @property
    def reference(self) -> str:
        """Where to look, for a message."""
        return self.described_by or f"template: seeds/facts/{self.name}.csv"

    @property
    def header(self) -> str:
        """The first line of a CSV file."""
        return ",".join(column.name for column in self.columns)


def must(name: str, kind: str = "text", *values: str) -> FactColumn:
    """Make a column that every row must fill."""
    return FactColumn(name, kind, required=True, values=values)


def may(name: str, kind: str = "text", *values: str) -> FactColumn:
    """Make a column that a row, or the whole file, may lack."""
    return FactColumn(name, kind, values=values)
