"""The questions that finance, engineering, product and leadership ask, each answered by the publication itself.

`questions.yml` says which relation and column answers a question, the query that shows it, and the test that keeps it
true; or why it waits. `make docs` runs the queries and writes a page with the answers, so the page cannot go stale.

Belongs here: reading the questions, asking the publication, the page. What a relation means is told in its model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.errors import FinopsError

if TYPE_CHECKING:
    from orchestration.settings import Settings

HERE = Path(__file__).parent
MOST_ROWS = 15
"""Rows of an answer that the page shows."""
_LEAST_SHOWN = Decimal("0.00005")
"""What has no digit among the four that are shown, such as a residue of rounding, is about nothing."""
_BY_UNIT = ("value", "target", "next_threshold")
"""Columns whose unit stands in the column `unit`."""
_COUNTED = re.compile(r"metric_value|hours|(_count|_customers|_minutes)$")
"""Columns of things that come in whole numbers, most of them."""
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Question:
    """One thing that somebody wants to know. Either `query` answers it, or `waits_for` says why nothing does yet."""

    id: str
    section: str
    asks: str
    relation: str = ""
    columns: tuple[str, ...] = ()
    query: str = ""
    test: str = ""
    """A dbt test or model, or a Python test as `folder/file.py::name`, that fails where the answer would be wrong."""
    waits_for: str = ""
    persona: str = ""


@dataclass(frozen=True)
class Answer:
    """What the publication says: at most `MOST_ROWS` rows as text; `error` where it could not be asked."""

    question: Question
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[bool] = field(default_factory=list)
    """Which columns are numbers."""
    has_more: bool = False
    error: str = ""


@cache
def questions() -> tuple[Question, ...]:
    """Read all questions, in the order of the page; FinopsError for one that says too little or too much."""
    found = []
    for section in yaml.safe_load((HERE / "questions.yml").read_text(encoding="utf-8"))["sections"]:
        for entry in section["questions"]:
            columns = tuple(str(entry.get("columns", "")).split())
            texts = {
                name: " ".join(str(value).split()) for name, value in entry.items() if name not in ("columns", "query")
            }
            query = str(entry.get("query", "")).strip()
            question = Question(section=section["title"], columns=columns, query=query, **texts)
            if bool(question.query) == bool(question.waits_for) or bool(question.query) != bool(question.test):
                raise FinopsError(f"questions.yml: {question.id} needs a query and its test, or what it waits for.")
            found.append(question)
    return tuple(found)


def ask(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Run the query of a question on a publication."""
    if not question.query:
        return Answer(question)
    try:
        result = connection.execute(question.query)
        header = [column[0] for column in result.description]
        rows = result.fetchmany(MOST_ROWS + 1)
    except duckdb.Error as error:
        return Answer(question, error=str(error).splitlines()[0])
    shown = rows[:MOST_ROWS]
    cells = [[_cell(name, value, _unit(header, row)) for name, value in zip(header, row, strict=True)] for row in shown]
    places = [place for place, name in enumerate(header) if name != "unit" or any(row[place] for row in cells)]
    return Answer(
        question,
        [header[place].replace("_", " ") for place in places],
        [[row[place] for place in places] for row in cells],
        [any(_is_number(row[place]) for row in shown) for place in places],
        len(rows) > MOST_ROWS,
    )


def write_page(settings: Settings, page: Path) -> Path:
    """Ask the served publication everything and write the page; FinopsError where nothing is published yet."""
    database = settings.published_link / "finops.duckdb"
    if not database.exists():
        raise FinopsError(f"Nothing has been published in {settings.home} yet; call `make run` first.")
    with duckdb.connect(str(database.resolve()), read_only=True) as con:
        answers = [ask(con, question) for question in questions()]
        found = con.execute("select max(publication_id) from load_ledger").fetchone()
    sections: dict[str, list[Answer]] = {}
    for answer in answers:
        sections.setdefault(answer.question.section, []).append(answer)
    template = _templates().get_template("answers.html.j2")
    page.parent.mkdir(parents=True, exist_ok=True)
    fresh = page.with_name(f".{page.name}.new")
    fresh.write_text(
        template.render(
            title="Questions and answers",
            sections=sections,
            publication_id=found[0] if found else "",
            made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        ),
        encoding="utf-8",
    )
    fresh.replace(page)
    return page


def _templates() -> Environment:
    folders = [HERE / "templates", HERE.parent / "doors" / "templates"]
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _unit(header: list[str], row: tuple[Any, ...]) -> str:
    return str(row[header.index("unit")]) if "unit" in header else ""


def _cell(name: str, value: Any, unit: str) -> str:  # noqa: ANN401 - whatever a query gives
    """Write a value by what its column is: shares and rates in percent, months without a day."""
    if isinstance(value, date) and (name == "month" or name.endswith("_month")):
        return value.strftime("%Y-%m")
    is_share = name.endswith(("_share", "_rate")) or (name in _BY_UNIT and unit == "ratio")
    if is_share and isinstance(value, Decimal | float):
        return f"{float(value) * 100:,.1f} %"
    if name == "unit" and value == "ratio":
        return ""
    if isinstance(value, Decimal | float):
        if name.endswith("_cost") and "unit" not in name:
            return f"{value:,.2f}" if value == 0 or abs(value) >= _CENT / 2 else "~ 0"
        if _COUNTED.search(name) and value == int(value):
            return f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool) and not name.endswith("year"):
        return f"{value:,}"
    return _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a query gives
    """Write a value as a person reads it: money with two digits, small numbers with four."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | float):
        if value == 0 or abs(value) >= 1:
            return f"{value:,.2f}".replace("-0.00", "0.00")
        return f"{value:,.4f}" if abs(value) >= _LEAST_SHOWN else "~ 0"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
