"""The page of questions: nothing on it that is not there, nothing answered that no test keeps true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration import answers
from orchestration.answers import Question, ask, questions
from orchestration.manifest import load_manifest
from orchestration.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[3]
REQUIRED = [*(f"A{n}" for n in range(1, 9)), *(f"B{n}" for n in range(1, 15)), *(f"D{n}" for n in range(1, 10)), "E10"]
ANSWERED = [question for question in questions() if question.query]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return load_manifest(Settings.from_env({"FINOPS_HOME": str(tmp_path_factory.mktemp("answers"))}))


@pytest.fixture(scope="module")
def published(manifest: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the published relations, empty, with the columns and types of their contracts."""
    kinds = {"string": "varchar", "timestamp": "timestamp", "numeric(38, 9)": "decimal(38, 9)"}
    with duckdb.connect() as con:
        for node in manifest["nodes"].values():
            if node["resource_type"] == "model" and node["path"].startswith("published"):
                columns = {name: entry["data_type"] or "varchar" for name, entry in node["columns"].items()}
                columns["publication_id"] = "string"
                shape = ", ".join(f'"{name}" {kinds.get(kind, kind)}' for name, kind in columns.items())
                con.execute(f"create table {node['name']} ({shape})")
        yield con


def test_every_requirement_has_its_row_and_every_persona_five() -> None:
    ids = [question.id for question in questions()]
    assert sorted(set(ids)) == sorted(ids)
    assert [name for name in REQUIRED if name not in ids] == []
    for persona in ("Finance", "Engineering", "Product", "Executive", "FinOps"):
        assert sum(question.persona == persona for question in questions()) >= 5, persona


@pytest.mark.parametrize("question", ANSWERED, ids=lambda question: question.id)
def test_a_query_runs_on_the_relation_that_it_names(question: Question, published: duckdb.DuckDBPyConnection) -> None:
    answer = ask(published, question)
    assert answer.error == ""
    columns = {row[0] for row in published.execute(f"describe {question.relation}").fetchall()}
    assert question.columns
    assert [name for name in question.columns if name not in columns] == []
    assert re.search(rf"\b{question.relation}\b", question.query)


@pytest.mark.parametrize("question", ANSWERED, ids=lambda question: question.id)
def test_a_test_keeps_it_true(question: Question, manifest: dict[str, Any]) -> None:
    file, _, name = question.test.partition("::")
    if file.endswith(".py"):
        text = (PROJECT / "tests" / "python" / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text
        return
    nodes = manifest["nodes"].values()
    known = {node["name"] for node in nodes if node["resource_type"] == "test"}
    known |= {node["name"] for node in manifest["unit_tests"].values()}
    assert question.test in known


def test_an_answer_is_cut_short_and_money_is_written_for_people() -> None:
    with duckdb.connect() as con:
        query = """
            select range * 1000 as n, 2026 as fiscal_year, 41.0 as hours_to_detect, 1234.5::decimal(38, 9) as cost,
                null as nothing
            from range(20)"""
        answer = ask(con, Question("X1", "Any", "?", query=query))
    assert answer.has_more
    assert len(answer.rows) == answers.MOST_ROWS
    assert answer.rows[3] == ["3,000", "2026", "41", "1,234.50", ""]
    assert answer.numbers == [True, True, True, True, False]


def test_shares_are_percent_months_have_no_day_and_a_unit_is_told_where_there_is_one() -> None:
    query = """
        select date '2026-09-01' as budget_month, 0.2034 as over_budget_share, 0.5 as value, 'ratio' as unit,
            0.000000003 as residue_cost
        union all select date '2026-08-01', null, 12.5, 'hours', -0.0"""
    with duckdb.connect() as con:
        both = ask(con, Question("X1", "Any", "?", query=query + " order by 1 desc"))
        one = ask(con, Question("X1", "Any", "?", query=query.split("union all", maxsplit=1)[0]))
    assert both.header == ["budget month", "over budget share", "value", "unit", "residue cost"]
    assert both.rows == [["2026-09", "20.3 %", "50.0 %", "", "~ 0"], ["2026-08", "", "12.50", "hours", "0.00"]]
    assert one.header == ["budget month", "over budget share", "value", "residue cost"]


def test_what_cannot_be_asked_says_so() -> None:
    with duckdb.connect() as con:
        assert "no_such_relation" in ask(con, Question("X1", "Any", "?", query="from no_such_relation")).error
