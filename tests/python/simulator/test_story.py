"""The numbers tell the story that `sample_company/README.md` promises, and the rules fit the company."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from orchestration.simulator import Simulation, simulate
from orchestration.simulator.company import ACCOUNTS, FORGOTTEN_ACCOUNT
from orchestration.simulator.periods import story_start
from orchestration.simulator.simulate import Parameters

from .asking import Ask, asker

SAMPLE = Path(__file__).parents[3] / "sample_company"

HEADERS = {
    "allocation_rules": "rule_id,dimension,priority,attribute,operator,operand,value,valid_from,valid_to",
    "tag_keys": "dimension,tag_key,priority,valid_from,valid_to",
    "value_aliases": "dimension,alias,value,valid_from,valid_to",
    "account_owners": "sub_account_id,team,product,environment,cost_center,valid_from,valid_to",
    "teams": "team,cost_center,business_unit,valid_from,valid_to",
}


def _rules(name: str) -> list[dict[str, str]]:
    with (SAMPLE / "rules" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_commitment_that_was_too_big_is_used_to_seventy_percent(ask: Ask) -> None:
    rows = ask("""
        SELECT commitment_key, used_cost / committed_cost FROM commitments
        WHERE committed_cost > 0 AND commitment_key IN ('sp-big', 'sp-web', 'sp-ec2')""")
    expected = {"sp-big": 0.705, "sp-web": 1.0, "sp-ec2": 0.9}
    assert len(rows) == 14
    for key, share in rows:
        assert float(share) == pytest.approx(expected[key], abs=0.01), key


def test_the_runaway_job_ran_for_three_days(ask: Ask) -> None:
    rows = ask("""
        SELECT CAST(charge_start AS DATE)::VARCHAR, sum(effective_cost) FROM lines
        WHERE team = 'data' AND kind = 'usage' AND source_name = 'aws_payer' GROUP BY ALL ORDER BY 2 DESC""")
    assert sorted(day for day, _ in rows[:3]) == ["2026-08-11", "2026-08-12", "2026-08-13"]
    assert rows[2][1] > 5 * rows[3][1]


def test_nobody_owns_the_forgotten_environment_and_it_never_sleeps(ask: Ask) -> None:
    rows = ask(f"""
        SELECT billing_month, count(DISTINCT charge_start), sum(effective_cost), any_value(team), any_value(evidence)
        FROM lines WHERE sub_account_id = '{FORGOTTEN_ACCOUNT}' AND kind = 'usage' GROUP BY ALL ORDER BY ALL""")
    assert [row[1] for row in rows] == [744, 720, 744, 744, 720, 382]
    assert {row[3:] for row in rows} == {("Unallocated", "none")}
    assert all(row[2] > 3000 for row in rows[:5])


def test_the_price_of_traffic_rises_in_september(ask: Ask) -> None:
    rates = ask("""
        SELECT DISTINCT bill_billing_period_start_date < TIMESTAMP '2026-09-01' AS is_before, line_item_unblended_rate
        FROM cur WHERE line_item_product_code = 'AmazonCloudFront' AND line_item_line_item_type = 'Usage'
            ORDER BY 1 DESC""")
    assert rates == [(True, "0.085"), (False, "0.1003")]


def test_growth_is_renamed_in_august(ask: Ask) -> None:
    span = "min(billing_month)::VARCHAR, max(billing_month)::VARCHAR"
    rows = ask(f"SELECT team, {span} FROM lines WHERE team LIKE '%growth' GROUP BY ALL ORDER BY 1")
    assert rows == [("customer-growth", "2026-08-01", "2026-10-01"), ("growth", "2026-05-01", "2026-07-01")]


def test_a_late_credit_restates_july(ask: Ask) -> None:
    rows = ask(
        "SELECT row_count, delivered_cost FROM deliveries WHERE billing_month = DATE '2026-07-01' ORDER BY executed_at"
    )
    assert rows[2][0] == rows[1][0] + 1
    assert rows[2][1] < rows[1][1]


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_rule_files_have_the_agreed_headers(name: str) -> None:
    first = (SAMPLE / "rules" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first == HEADERS[name]


def test_rules_name_teams_and_accounts_that_exist(ask: Ask) -> None:
    teams = {row["team"] for row in _rules("teams")}
    named = {row["team"] for row in _rules("account_owners")}
    named |= {
        row["value"]
        for name in ("allocation_rules", "value_aliases")
        for row in _rules(name)
        if row["dimension"] == "team"
    }
    assert named <= teams
    true_teams = {row[0] for row in ask("SELECT DISTINCT team FROM lines")}
    assert true_teams - {"Unallocated"} == teams
    owned = {row["sub_account_id"] for row in _rules("account_owners")}
    accounts = {account.account_id for account in ACCOUNTS}
    assert accounts - owned == {FORGOTTEN_ACCOUNT, "772241165593"}
    assert owned < accounts


def test_sources_ask_for_the_demo_after_quiet_months(demo: Simulation) -> None:
    content = yaml.safe_load((SAMPLE / "sources.yml").read_text(encoding="utf-8"))
    wanted = content["simulate"]
    parameters = Parameters(**{name: value for name, value in wanted.items() if name != "out"})
    start = story_start(parameters.start, parameters.quiet)
    assert replace(parameters, start=start, months=parameters.months - parameters.quiet, quiet=0) == demo.parameters
    for source in content["sources"]:
        assert source["uri"] == f"{wanted['out']}/exports/{source['name']}"
        assert (demo.out / "exports" / source["name"]).is_dir()


def test_quiet_months_before_it_leave_the_story_as_it_was(ask: Ask, tmp_path: Path) -> None:
    long = asker(simulate(tmp_path / "long", start="2026-03", months=8, quiet=2).out)
    assert long("SELECT min(billing_month)::VARCHAR FROM totals") == [("2026-03-01",)]
    # Azure's commitments are bought in the first month of all, whatever happens in it
    told = "SELECT * FROM totals WHERE billing_month >= '2026-05-01' AND source_name <> 'azure_cost' ORDER BY ALL"
    assert len(ask(told)) == 36
    assert long(told) == ask(told)
