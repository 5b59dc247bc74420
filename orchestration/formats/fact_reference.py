"""The reference of the facts for people: `seeds/facts/README.md` and a template per fact, written from what is defined.

What a column means is told once, in `models/columns.md`; the staging models say which entry a column has.
`python -m orchestration.formats.fact_reference` writes all of it anew; a test fails where it was forgotten.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from orchestration.formats.facts import FACTS

if TYPE_CHECKING:
    from orchestration.formats.fact_base import FactColumn, FactFormat

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "seeds" / "facts"

_INTRO = """\
# Facts of the business

What a company knows and no bill says. Each fact is a source like any other: name it in `sources.yml` with its `format`
and the file or folder that holds it, as CSV, CSV.GZ, Parquet or a ZIP archive of them.

```yaml
sources:
  - name: ecb_rates
    format: exchange_rates
    uri: facts/exchange_rates.csv
```

- Start from the template beside this page; it is the header alone. Columns may stand in any order; those not marked as
  required may be left out or left empty. A column that is not listed is taken with a warning and read by nothing.
- A delivery is one snapshot: the newest replaces the former whole. All files of a folder are one delivery.
- A delivery with a wrong row is refused with file, line and column; the last good one stays in use.
- Two sources may deliver the same fact (the budgets of two companies), but no row of one may repeat a row of the other.
- CSV is UTF-8 with commas between the values; a file with semicolons or tabs is refused and told so. Numbers are
  written `1234.50`, dates `2026-01-31`, months `2026-01`, times `2026-01-31T18:00:00Z` (UTC where nothing is said),
  truth `true` and `false`. Currencies are codes of ISO 4217.
- Every fact is a raw relation of its name, a staging model `stg_facts__<name>` and a published relation of its name,
  with `source_name` and `delivery_id` in front; where nothing is delivered they are empty.

This page is written by `python -m orchestration.formats.fact_reference`.
"""

_WORDS = {
    "text": "text",
    "currency": "currency",
    "any_currency": "currency",
    "decimal": "number",
    "rate": "number",
    "integer": "whole number",
    "date": "date",
    "month": "month",
    "timestamp": "time",
    "boolean": "true or false",
}


def page() -> str:
    """Write the reference."""
    texts = dict(
        re.findall(
            r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", (PROJECT / "models" / "columns.md").read_text(), re.DOTALL
        )
    )
    return "\n".join([_INTRO, *(_section(fmt, texts) for fmt in FACTS.values())])


def template(fmt: FactFormat) -> str:
    """Write the template of a fact: its header."""
    return f"{fmt.header}\n"


def _section(fmt: FactFormat, texts: dict[str, str]) -> str:
    lines = [f"## {fmt.title.capitalize()}", "", f"`format: {fmt.name}`. One row per {fmt.grain}.", ""]
    lines += ["| Column | | What it says |", "|---|---|---|"]
    entries = _entries(fmt)
    for column in fmt.columns:
        name = f"**{column.name}**" if column.required else column.name
        lines.append(f"| {name} | {_kind(column)} | {' '.join(texts[entries[column.name]].split())} |")
    lines += ["", f"Required are those in bold. Unique: {', '.join(fmt.key)}."]
    lines += ["", *(f"- {rule}" for rule in _rules(fmt))]
    return "\n".join([*lines, ""])


def _entries(fmt: FactFormat) -> dict[str, str]:
    """Find the entry in `columns.md` of each column."""
    path = PROJECT / "models" / "staging" / "facts" / f"stg_facts__{fmt.name}.yml"
    columns = yaml.safe_load(path.read_text())["models"][0]["columns"]
    return {column["name"]: re.findall(r"doc\('(\w+)'\)", column["description"])[0] for column in columns}


def _kind(column: FactColumn) -> str:
    return ", ".join(f"`{value}`" for value in column.values) or _WORDS[column.kind]


def _rules(fmt: FactFormat) -> list[str]:
    """Say in words what is asked of rows besides readable cells."""
    words = [f"{rule.column} {rule.sentence}." for rule in fmt.rules]
    if fmt.periods:
        about = f" of one {', '.join(fmt.periods.key)}" if fmt.periods.key else ""
        gaps = "" if fmt.periods.gaps_allowed else " nor leave a gap between them"
        words.append(f"Rows{about} must not overlap in time{gaps}; {fmt.periods.end} is exclusive.")
    if fmt.jump:
        times, column = fmt.jump.factor, fmt.jump.column
        words.append(f"A {column} of more than {times} times the one before it, or the reverse, gives a warning.")
    if fmt.opposites:
        (one, other), share = fmt.opposites.pair, fmt.opposites.tolerance
        words.append(
            f"Where one {fmt.opposites.order} has both directions of {one} and {other}, their {fmt.opposites.column}s "
            f"multiplied must not be further than {share} from 1."
        )
    if fmt.steady:
        words.append(
            f"A day or month that is missing between others, or that comes as {fmt.steady.grain} day and month too, "
            "gives a warning."
        )
    return words + [f"All rows of one {item.key} must have the same {item.column}." for item in fmt.agreements]


def main() -> None:
    """Write everything."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")
    for fmt in FACTS.values():
        (FOLDER / f"{fmt.name}.csv").write_text(template(fmt), encoding="utf-8")


if __name__ == "__main__":
    main()
