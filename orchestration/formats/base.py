"""What a format is: its canonical columns, which of them are required, and how delivered names find them.

One `Format` describes one shape of export for every provider that writes it. Paths, files and SQL are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orchestration.errors import FinopsError

# kind -> type in the raw relations. A rate is text where the provider writes text; it is kept so, and read as a number.
SQL_TYPES = {
    "text": "varchar",
    "timestamp": "timestamp",
    "decimal": "decimal(38, 9)",
    "rate": "decimal(38, 9)",
    "map": "map(varchar, varchar)",
    "month": "date",
}

_CAMEL = re.compile(r"(?<=[a-z0-9A-Z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class Column:
    """One canonical column; `kind` is a key of `SQL_TYPES`, or `list`: a list of structs with the columns `parts`."""

    name: str
    kind: str
    path: str = ""
    """Where nested exports have it (`service.id`); its name, if it is not nested."""
    parts: tuple[Column, ...] = ()

    @property
    def sql_type(self) -> str:
        """The type of this column in the raw relations."""
        if self.kind == "list":
            return f"struct({', '.join(f'{part.name} {part.sql_type}' for part in self.parts)})[]"
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Spread:
    """Columns that together are one map: `resourceTags/user:team` is `resource_tags['user:team']`."""

    map_column: str
    slash_prefix: str
    snake_prefix: str | None = None
    snake_keys: bool = False  # write the keys in snake_case (for names that are the provider's, not the customer's)
    first_class: bool = False  # the same column may also be a canonical column of its own


@dataclass(frozen=True)
class Dataset:
    """One of several views of the same charges that a provider exports with the same columns.

    `words`: letters that say so in a manifest or in the name of a file or folder. `if_missing`: what is not known
    without it, the rest of a sentence. The first dataset of a format is the bill, the others explain it.
    """

    name: str
    words: tuple[str, ...]
    if_missing: str


@dataclass(frozen=True)
class LineKind:
    """What a line says about its dataset: its type, whether it belongs to a commitment, whether it costs anything."""

    line_type: str
    is_committed: bool
    has_cost: bool


@dataclass(frozen=True)
class ColumnMatch:
    """How the delivered columns of one file meet the canonical ones.

    `direct`: canonical name -> delivered name. `spread`: map column -> {key: delivered name}.
    `missing`: canonical columns that the file lacks. `unknown`: delivered columns with no canonical place.
    """

    direct: dict[str, str]
    spread: dict[str, dict[str, str]]
    missing: list[str]
    unknown: list[str]


class DuplicateColumnError(FinopsError):
    """Two delivered columns claim one place; `names` are the two as they were delivered."""

    def __init__(self, first: str, second: str) -> None:
        """Both names as delivered."""
        super().__init__(f"'{first}' and '{second}' are the same column")
        self.names = (first, second)


@dataclass(frozen=True)
class Format:
    """One shape of export. The `*_column` fields name the canonical columns that play a part in the landing."""

    name: str
    title: str
    columns: tuple[Column, ...]
    required: tuple[str, ...]
    cost_column: str
    currency_column: str
    period_column: str
    charge_column: str
    account_column: str
    service_column: str
    identity_columns: tuple[str, ...]
    """Two lines that differ in one of these are different lines; see `landing/duplicates.py`."""
    content_columns: tuple[str, ...]
    """Two lines that agree in all of these say the same thing, even under another line id."""
    line_type_column: str
    always_filled: tuple[str, ...]
    """A delivery in which one of these is empty in any line is refused at the front door."""
    looks_like: Callable[[list[str]], bool]
    """Tell by the delivered names whether a file is of this format; `FORMATS` are asked in their order."""
    filled_for: tuple[tuple[str, str], ...] = ()
    """The same for the lines of one type alone: (line type, column)."""
    net_cost_column: str | None = None
    discount_columns: tuple[str, ...] = ()
    spreads: tuple[Spread, ...] = field(default=())
    aliases: dict[str, str] = field(default_factory=dict)
    """Names of other dialects -> canonical name; where the canonical name was not delivered, the first one counts."""
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """Where a file lacks the first column, the second stands in for it."""
    rest_column: str | None = None
    """The map column that keeps whatever has no place of its own, by its delivered name."""
    null_words: tuple[str, ...] = ()
    """What text files write where nothing is known, besides the words that all do."""
    late_maps: tuple[str, ...] = ()
    """Map columns that are large and seldom read: text stays as delivered, and the map is made where it is read."""
    month_first_column: str | None = None
    """The column whose dates are the first of a month: it tells `4/1/25` (April) from a file with the day first."""
    line_ids: tuple[str, ...] = ()
    """Delivered names of the provider's line id, for providers that deliver a line again; see `redeliveries.py`."""
    version_of: Callable[[list[str]], str] | None = None
    """Tell the version of the format by the delivered names; None where a format has no versions."""
    addends_column: str | None = None
    """A list of amounts (its part `amount`) that belong to a line's cost: what is delivered is their sum."""
    only_grows: bool = False
    """Whether the provider only ever adds lines to a month, so that fewer than before means that some are missing."""
    detail_columns: tuple[str, ...] = ()
    """What only the more detailed one of a provider's exports of the same charges has; see `details.py`."""
    detail_of: tuple[str, ...] = ()
    """Columns by which charges in both of them can be compared, day by day."""
    window_columns: tuple[str, str] | None = None
    """Start and end of what a line measures (a day, where it has no end); see `windows.py`."""
    window_of: str = ""
    """The column that names what a line measures: of one such thing, two windows may not overlap."""
    is_bill: bool = True
    """Whether its lines are charges that have to tie from delivery to publication; measures of use do not."""
    datasets: tuple[Dataset, ...] = ()
    commitment_columns: tuple[str, ...] = ()
    """A line with one of these filled belongs to a commitment."""
    commitment_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> its values, in lower case without blanks, that say the same of a line."""
    dataset_of_lines: Callable[[set[LineKind]], tuple[str | None, bool]] = lambda _: (None, False)
    """Say which dataset a file holds by the kinds of its lines, None if they do not tell, and whether that is sure."""

    @cached_property
    def by_key(self) -> dict[str, Column]:
        """Canonical columns by their letters and digits alone, lower case."""
        return {name_key(column.name): column for column in self.columns}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Canonical columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def line_id_keys(self) -> set[str]:
        """The names of `line_ids` by their letters and digits alone."""
        return {name_key(name) for name in self.line_ids}

    def bill_dataset(self, present: set[str]) -> str:
        """Name the dataset that is the bill, of those that are there; '' for a format without datasets."""
        return next((dataset.name for dataset in self.datasets if dataset.name in present), "")

    def match(self, delivered: list[str]) -> ColumnMatch:
        """Find the place of every delivered column; DuplicateColumnError if two claim one place."""
        direct: dict[str, str] = {}
        aliases = self._aliases_of(delivered)
        spread: dict[str, dict[str, str]] = {}
        unknown: dict[str, str] = {}
        whole_maps = {name_key(name) for name in delivered} & {name_key(rule.map_column) for rule in self.spreads}
        for name in delivered:
            placed = self._place_in_map(name, spread, whole_maps)
            column = self.by_key.get(aliases.get(name_key(name), name_key(name))) if placed != "map" else None
            if column is not None:
                if column.name in direct:
                    raise DuplicateColumnError(direct[column.name], name)
                direct[column.name] = name
            elif placed is None:
                if name.lower() in unknown:
                    raise DuplicateColumnError(unknown[name.lower()], name)
                unknown[name.lower()] = name
        have = set(direct) | set(spread)
        missing = [column.name for column in self.columns if column.name not in have | {self.rest_column}]
        if self.rest_column and self.rest_column not in direct and unknown:
            spread[self.rest_column] = {name: name for name in unknown.values()}
        for name, other in self.fallbacks.items():
            if name in missing and other in direct:
                direct[name] = direct[other]
        return ColumnMatch(direct, spread, missing, list(unknown.values()))

    def kept_columns(self, match: ColumnMatch) -> set[str]:
        """Give the delivered columns that text keeps as it becomes Parquet, because their map is put together late."""
        return {name for column, keys in match.spread.items() if column in self.late_maps for name in keys.values()}

    def _aliases_of(self, delivered: list[str]) -> dict[str, str]:
        """Give the aliases that count for these names: key of the alias -> key of the canonical name."""
        present = {name_key(name) for name in delivered}
        counting: dict[str, str] = {}
        for alias, name in ((name_key(alias), name_key(name)) for alias, name in self.aliases.items()):
            if alias in present and name not in present and name not in counting.values():
                counting[alias] = name
        return counting

    def _place_in_map(self, name: str, spread: dict[str, dict[str, str]], whole_maps: set[str]) -> str | None:
        """Note the column under its map; None if it belongs to no map, else whether it may be a column of its own."""
        for rule in self.spreads:
            key = _map_key(rule, name, self.by_key)
            if key is None or name_key(rule.map_column) in whole_maps:
                continue
            keys = spread.setdefault(rule.map_column, {})
            if key in keys:
                raise DuplicateColumnError(keys[key], name)
            keys[key] = name
            return "first_class" if rule.first_class else "map"
        return None


def has_names(*marks: str) -> Callable[[list[str]], bool]:
    """Make a test for `Format.looks_like`: all the names of one of the `marks` (in words, as keys) are delivered."""
    return lambda names: any(set(mark.split()) <= {name_key(name) for name in names} for mark in marks)


def name_key(name: str) -> str:
    """Letters and digits alone, lower case: `lineItem/UnblendedCost` and `line_item_unblended_cost` are one name."""
    return _NOT_WORD.sub("", name.lower())


def snake_case(name: str) -> str:
    """`ProductName` -> `product_name`; every capital begins a word (`SavingsPlanARN` -> `savings_plan_a_r_n`)."""
    return _NOT_WORD.sub("_", _CAMEL.sub("_", name).lower()).strip("_")


def _map_key(rule: Spread, name: str, canonical: dict[str, Column]) -> str | None:
    lower = name.lower()
    if lower.startswith(rule.slash_prefix):
        key = name[len(rule.slash_prefix) :]
    elif rule.snake_prefix and lower.startswith(rule.snake_prefix):
        if not rule.first_class and name_key(name) in canonical:
            return None
        key = lower[len(rule.snake_prefix) :]
    else:
        return None
    if not key:
        return None
    return snake_case(key) if rule.snake_keys else key
