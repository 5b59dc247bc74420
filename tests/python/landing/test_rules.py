"""The rule files: a broken one stops everything, with the file, the line and what to do."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.errors import FinopsError
from orchestration.landing.rules import BEGINNING, RULE_FILES, load_rules, normal_tag_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

    from .world import World

HEADERS = {kind.name: ",".join(kind.columns) for kind in RULE_FILES}
ALLOCATION, TAGS, ALIASES = "allocation_rules.csv", "tag_keys.csv", "value_aliases.csv"
ACCOUNTS, TEAMS = "account_owners.csv", "teams.csv"
RULE = "r1,team,1,tag:team,exists,,{value},,"


@pytest.fixture
def rules(world: World) -> tuple[Settings, Path]:
    """Give settings and their folder of rules, which is beside the sources file."""
    folder = world.root / "rules"
    folder.mkdir()
    return type(world)(world.root).settings, folder


def load(rules: tuple[Settings, Path], **files: str) -> duckdb.DuckDBPyConnection:
    """Write rule files (name without `.csv` = rows) with their headers and load them."""
    settings, folder = rules
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(f"{HEADERS[f'{name}.csv']}\n{rows}\n", encoding="utf-8")
    connection = duckdb.connect()
    load_rules(connection, settings)
    return connection


def test_the_templates_are_headers_alone_and_load(rules: tuple[Settings, Path]) -> None:
    settings, folder = rules
    templates = settings.project_dir / "seeds/rules"
    for name, header in HEADERS.items():
        assert (templates / name).read_text() == header + "\n"
        (folder / name).write_text(header + "\n")
    connection = load(rules)
    for kind in RULE_FILES:
        assert connection.execute(f"select count(*) from finops_raw.{kind.table}").fetchone() == (0,)


def test_a_file_that_is_not_there_counts_as_empty(rules: tuple[Settings, Path]) -> None:
    assert load(rules).execute("select count(*) from finops_raw.rule_teams").fetchone() == (0,)


def test_rows_come_typed_with_open_ends(rules: tuple[Settings, Path]) -> None:
    connection = load(rules, allocation_rules=f"{RULE}\n\nr2,team,2,service_name,contains, S3 ,storage,2026-01-01,")
    rows = connection.execute("select * from finops_raw.rule_allocation order by 1").fetchall()
    assert rows == [
        ("r1", "team", 1, "tag:team", "exists", None, "{value}", BEGINNING, None),
        ("r2", "team", 2, "service_name", "contains", "S3", "storage", date(2026, 1, 1), None),
    ]


def test_periods_that_touch_do_not_overlap(rules: tuple[Settings, Path]) -> None:
    rows = "007,search,,,,2026-01-01,2026-03-01\n007,ads,,,,2026-03-01,"
    assert load(rules, account_owners=rows).execute("select count(*) from finops_raw.rule_accounts").fetchone() == (2,)


@pytest.mark.parametrize(
    ("file", "rows", "line", "words"),
    [
        (ACCOUNTS, "007,search,,,,2026-01-01,\n007,ads,,,,2026-06-01,", 3, "overlaps in time with line 2"),
        (ACCOUNTS, "007,ads,,,,2026-06-01,\n007,search,,,,,2026-07-01", 3, "overlaps in time with line 2"),
        (TAGS, "team,user:Cost-Team,1,,\nteam,cost_team,2,,", 3, "both are about: team, cost_team"),
        (ALIASES, "team,Srch,search,,\nteam, srch ,ads,,", 3, "overlaps"),
        (ALLOCATION, f"{RULE}\nr2,team,1,tag:team,exists,,other,,", 3, "overlaps"),
        (TEAMS, "search,1,,,\nsearch,2,,,", 3, "overlaps"),
        (ALLOCATION, f"{RULE}\nr1,product,1,tag:team,exists,,x,,", 3, "rule_id 'r1' is used in line 2"),
        (ALLOCATION, "r1,team,1,tag:team,like,x,y,,", 2, "unknown operator 'like'; it must be one of: equals"),
        (ALLOCATION, "r1,squad,1,tag:team,equals,x,y,,", 2, "unknown dimension 'squad'"),
        (ALLOCATION, "r1,team,1,color,equals,x,y,,", 2, "unknown attribute 'color'"),
        (ALLOCATION, "r1,team,1,tag:,equals,x,y,,", 2, "unknown attribute 'tag:'"),
        (ALLOCATION, "r1,team,1,tag:team,equals,,y,,", 2, "needs an operand"),
        (ALLOCATION, "r1,team,1,tag:team,exists,x,y,,", 2, "takes no operand"),
        (ALLOCATION, "r1,team,first,tag:team,exists,,y,,", 2, "priority 'first' is not a whole number"),
        (ALLOCATION, "r1,team,1,tag:team,exists,,,,", 2, "'value' is empty"),
        (ALLOCATION, "r1,team,1,tag:team,exists,,team-{value},,", 2, "has {value} inside other text; write {value} al"),
        (TAGS, "team,team,1,31.01.2026,", 2, "valid_from '31.01.2026' is not a date"),
        (TAGS, "team,team,1,20260131,", 2, "is not a date"),
        (TAGS, "team,team,1,2026-02-30,", 2, "is not a date"),
        (TAGS, "team,team,1,2026-02-01,2026-02-01", 2, "valid_to 2026-02-01 is not after valid_from"),
        (TAGS, "team,team,1", 2, "there are 3 values for 5 columns"),
        (ALIASES, "owner,a,b,,", 2, "unknown dimension 'owner'"),
    ],
)
def test_a_broken_row_stops_the_run_with_its_file_and_line(
    rules: tuple[Settings, Path], file: str, rows: str, line: int, words: str
) -> None:
    with pytest.raises(FinopsError) as caught:
        load(rules, **{file.removesuffix(".csv"): rows})
    message = str(caught.value)
    assert f"{file}', line {line}: " in message
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        (ALLOCATION, "r1,team,1,source_name,equals,x,serach,,"),
        (ALIASES, "team,srch,serach,,"),
        (ACCOUNTS, "007,serach,,,,,"),
    ],
)
def test_with_a_list_of_teams_an_unknown_team_is_refused(rules: tuple[Settings, Path], file: str, rows: str) -> None:
    with pytest.raises(FinopsError, match=rf"{file}', line 2: unknown team 'serach'; add it to teams.csv"):
        load(rules, teams="search,7,,,", **{file.removesuffix(".csv"): rows})


def test_without_a_list_of_teams_any_team_may_be_named(rules: tuple[Settings, Path]) -> None:
    load(rules, account_owners="007,anyone,,,,,")


def test_the_residual_owner_and_the_own_value_of_a_tag_are_no_unknown_teams(rules: tuple[Settings, Path]) -> None:
    load(rules, teams="search,7,,,", allocation_rules=RULE, account_owners="007,Unallocated,,,,,\n008,,shop,,,,")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("team,cost_center,valid_from", "the column 'valid_to' is missing"),
        ("team,cost_center,valid_from,valid_to,Team", "the column 'team' is there twice"),
        ("team,cost_center,valid_from,valid_to,color", "unknown column 'color'"),
    ],
)
def test_a_header_that_is_not_the_templates_is_refused(rules: tuple[Settings, Path], header: str, words: str) -> None:
    (rules[1] / TEAMS).write_text(header + "\n")
    with pytest.raises(FinopsError, match=f"line 1: {words}"):
        load(rules)


def test_a_file_with_a_misspelled_name_is_not_overlooked(rules: tuple[Settings, Path]) -> None:
    (rules[1] / "team.csv").write_text("team\n")
    with pytest.raises(FinopsError, match=r"team.csv.*no rule file has this name"):
        load(rules)


def test_a_byte_order_mark_and_windows_line_ends_are_read(rules: tuple[Settings, Path]) -> None:
    (rules[1] / TEAMS).write_bytes(b"\xef\xbb\xbf" + HEADERS[TEAMS].encode() + b"\r\nsearch,7,,,\r\n")
    assert load(rules).execute("select team from finops_raw.rule_teams").fetchall() == [("search",)]


def test_tag_keys_compare_without_case_prefix_and_separators() -> None:
    assert {normal_tag_key(key) for key in ("user:Cost-Center", "user_cost.center", " cost center")} == {"cost_center"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "unallocated_shre,effective_cost,company,,0.1,,",
            r"line 2: there is no KPI 'unallocated_shre'; the nearest known ones are: unallocated_share",
        ),
        (
            "unallocated_share,effective,company,,0.1,,",
            "line 2: the KPI 'unallocated_share' has no variant 'effective'; it has: before_accounts, billed_cost, ",
        ),
        (
            "unallocated_share,effective_cost,squad,,0.1,,",
            "line 2: unknown scope_type 'squad'; it must be",
        ),
        ("unallocated_share,effective_cost,company,us,0.1,,", "line 2: the company has the scope_id 'all', not 'us'"),
        ("unallocated_share,effective_cost,team,a,ten,,", "line 2: target 'ten' is not a number such as 0.05"),
        (
            "cost,effective,team,a,9,,\ncost,effective,team,a,8,2026-01-01,",
            "line 3: it overlaps in time with line 2",
        ),
        ("unallocated_share,effective_cost,team,a,0.1,,", "is not told by team; it is told by: company, "),
        ("unallocated_share,effective_cost,company,,10,,", "is a share between 0 and 1, so 10 is no target"),
        (
            "unallocated_shared_cost,effective_cost,company,,0.1,,",
            "has no value yet that a target could be held against; it waits for: ",
        ),
    ],
)
def test_a_target_that_means_nothing_is_refused(rules: tuple[Settings, Path], rows: str, words: str) -> None:
    with pytest.raises(FinopsError, match=words):
        load(rules, kpi_targets=rows)


def test_targets_hold_for_a_scope_or_for_all_of_a_type(rules: tuple[Settings, Path]) -> None:
    connection = load(
        rules,
        kpi_targets="unallocated_share,effective_cost,company,,0.2,,\nsavings,total,provider,AWS,-5.5,2026-01-01,",
    )
    assert connection.execute("select scope_type, scope_id, target from finops_raw.rule_kpi_targets").fetchall() == [
        ("company", None, Decimal("0.2")),
        ("provider", "AWS", Decimal("-5.5")),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("landing,,,0.1,0.05,,,,,,", "escalation_value 0.05 is milder than the threshold_value 0.1, so"),
        (
            "freshness,source,payer,10,,,,,,,",
            "escalation_value 7 that freshness has by itself is milder than the thresh",
        ),
        ("freshness,,,,2,,,,,,", "milder than the threshold_value 3 that freshness has by itself, so"),
        ("commitment_expiry,,,30,45,,,,,,", "write an escalation_value of at most 30, or the severity critical"),
        ("commitment_utilization,,,0.4,,,,,,,", "write an escalation_value of at most 0.4"),
    ],
)
def test_an_escalation_milder_than_its_threshold_is_refused(rules: tuple[Settings, Path], row: str, words: str) -> None:
    with pytest.raises(FinopsError, match=words) as caught:
        load(rules, alert_rules=f"anomaly,,,3,,,,,,,\n{row}")
    assert "alert_rules.csv', line 3: the escalation_value" in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        "landing,,,0.1,0.1,,,,,,",
        "freshness,source,payer,10,14,,,,,,",
        "freshness,source,payer,10,,,critical,,,,",
        "freshness,source,payer,10,,,off,,,,",
        "commitment_expiry,,,60,14,,,,,,",
        "budget_under,,,0.5,,,,,,,",
        "freshness,,,,,,,3,,,",
    ],
)
def test_an_escalation_as_severe_as_its_threshold_or_worse_is_taken(rules: tuple[Settings, Path], row: str) -> None:
    assert load(rules, alert_rules=row).execute("select count(*) from finops_raw.rule_alerts").fetchone() == (1,)


def test_a_guideline_on_budgets_that_decides_nothing_or_is_no_share_is_refused(rules: tuple[Settings, Path]) -> None:
    found = load(rules, budget_guidelines="team,,0.25,,0.3,2026-01-01,\nteam,search,,0.1,,,").execute(
        "select scope_id, max_growth_share, under_tolerance_share from finops_raw.rule_budget_guidelines"
    )
    assert found.fetchall() == [(None, Decimal("0.25"), Decimal("0.3")), ("search", None, None)]
    for row, words in (
        ("team,search,,,,,", "line 2: it decides nothing; fill one of: max_growth_share"),
        ("squad,search,0.1,,,,", "line 2: unknown scope_type 'squad'"),
        ("team,search,10%,,,,", "line 2: max_growth_share '10%' is not a share such as 0.1"),
        ("team,,0.1,,,,\nteam,,0.2,,,,", "line 3: it overlaps in time with line 2"),
    ):
        with pytest.raises(FinopsError, match=re.escape(words)):
            load(rules, budget_guidelines=row)


def test_a_holiday_names_its_days_and_who_rests(rules: tuple[Settings, Path]) -> None:
    found = load(rules, holidays="May Day,,,2026-05-01,2026-05-02\nUnity Day,team,data,2026-10-03,2026-10-04").execute(
        "select holiday_name, scope_type, scope_id, valid_to - valid_from from finops_raw.rule_holidays"
    )
    assert found.fetchall() == [("May Day", None, None, 1), ("Unity Day", "team", "data", 1)]
    for row, words in (
        ("May Day,,,2026-05-01,", "line 2: 'valid_to' is empty"),
        ("May Day,,,2026-05-01,2027-05-01", "line 2: it lasts more than 31 days"),
        ("May Day,country,DE,2026-05-01,2026-05-02", "line 2: unknown scope_type 'country'"),
        ("May Day,team,,2026-05-01,2026-05-02", "line 2: a scope needs scope_type and scope_id"),
        ("May Day,,,2026-05-01,2026-05-02\nMay Day,,,2026-05-01,2026-05-03", "line 3: it overlaps in time with line 2"),
    ):
        with pytest.raises(FinopsError, match=re.escape(words)):
            load(rules, holidays=row)
