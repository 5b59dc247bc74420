"""Each firing of an alert reaches each channel once; whatever the other side does, the run is told and goes on."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.alerts import log as logs
from orchestration.alerts.deliver import dry_run
from orchestration.doors.checks import CheckResult
from orchestration.report import PeriodReport, RunReport
from orchestration.settings import Settings

from .conftest import FIRED, Home
from .servers import mail_server, nobody, silent_server, web_server

if TYPE_CHECKING:
    from pathlib import Path

LATER = FIRED.replace(day=17)
RULES = (
    "alert_kind,scope_type,scope_id,threshold_value,escalation_value,minimum_cost,severity,refire_days,channel,"
    "valid_from,valid_to\n"
)


def notes(home: Home) -> list[dict]:
    """Read what the state folder says was sent."""
    paths = sorted((home.settings.state_dir / "alert_deliveries").glob("*.json"))
    return [json.loads(path.read_text()) for path in paths]


def test_a_firing_is_sent_once_and_the_next_one_again(home: Home) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        assert home.deliver() == []
        assert home.deliver() == []
        home.show({"alert_state": "ongoing"})
        assert home.deliver() == []
        assert len(web.bodies) == 1
        home.show({"alert_state": "re_fired", "last_fired_at": LATER, "fire_count": 2})
        assert home.deliver() == []
    assert [body["alerts"][0]["fired_at"] for body in web.bodies] == ["2026-03-10T06:00:00Z", "2026-03-17T06:00:00Z"]
    assert [note["status"] for note in notes(home)] == ["delivered", "delivered"]


def test_the_next_build_reads_when_alerts_were_delivered(home: Home) -> None:
    home.show({}, {"alert_id": "anomaly:team:a:b:x1:USD"})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url}, {"kind": "json", "url": nobody()})
        home.deliver()
    (home.settings.state_dir / "alert_deliveries" / "20260101T000000.000000Z-x.v1.json").write_text("half a not")
    with duckdb.connect() as con:
        con.execute("create schema raw")
        logs.create_alert_deliveries(con, "raw", home.settings)
        found = con.execute("select channel, alert_id, delivered_at from raw.alert_deliveries order by all").fetchall()
    assert [row[:2] for row in found] == [
        ("channel1", "anomaly:team:a:b:x1:USD"),
        ("channel1", "untagged_drift:company:all"),
    ]
    assert all(row[2] > FIRED for row in found)


def test_what_is_over_or_taken_on_is_not_sent(home: Home) -> None:
    home.show({"alert_state": "resolved"}, {"alert_id": "other", "alert_state": "acknowledged"})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        assert home.deliver() == []
    assert web.bodies == []


def test_a_crash_between_sending_and_noting_sends_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    home.show({})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        with monkeypatch.context() as patch:
            patch.setattr(logs, "record", dies)
            with pytest.raises(KeyboardInterrupt):
                home.deliver()
        home.deliver()
        home.deliver()
    assert len(web.bodies) == 2, "at least once after a crash, and then no more"
    assert web.bodies[0]["alerts"][0]["firing_id"] == web.bodies[1]["alerts"][0]["firing_id"]


def test_a_server_that_fails_first_is_asked_again(home: Home) -> None:
    home.show({})
    with web_server(500, 200) as web:
        home.channels({"kind": "slack", "url": web.url})
        assert home.deliver() == []
    assert len(web.bodies) == 2
    assert notes(home)[0]["attempts"] == 2


def test_a_server_that_says_no_is_asked_again_by_the_next_run_only(home: Home) -> None:
    home.show({})
    with web_server(403) as web:
        home.channels({"kind": "slack", "url": web.url})
        said = "1 alert not sent to the channel 'channel1': it answers with HTTP 403; the next run tries again."
        assert home.deliver() == [said]
        assert len(web.bodies) == 1
        web.answers = [200]
        assert home.deliver() == []
    assert [note["status"] for note in notes(home)] == ["failed", "delivered"]


@pytest.mark.parametrize("wait", [0.05, 30.0], ids=["drips", "is silent"])
def test_a_server_that_hangs_holds_nobody_up(home: Home, wait: float) -> None:
    home.show({})
    with web_server(wait=wait) as web:
        home.channels({"kind": "json", "url": web.url}, {"kind": "json", "url": web.url})
        begun = time.monotonic()
        problems = home.deliver()
        assert time.monotonic() - begun < 6
    assert len(problems) == 2
    assert all("no answer within" in problem or "no time left" in problem for problem in problems)


def test_a_server_that_is_not_there_is_told_without_its_address(home: Home) -> None:
    home.show({})
    home.channels({"kind": "json", "url": nobody()})
    (problem,) = home.deliver()
    assert "the connection was refused or broke" in problem
    assert "SECRET" not in problem + json.dumps(notes(home))


def test_redirects_are_not_followed(home: Home) -> None:
    home.show({})
    with web_server() as elsewhere, web_server(307, location=elsewhere.url) as web:
        home.channels({"kind": "json", "url": web.url})
        (problem,) = home.deliver()
    assert "redirect" in problem
    assert elsewhere.bodies == []


def test_a_channel_that_fails_does_not_keep_the_others_from_being_told(home: Home) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "json", "url": nobody()}, {"kind": "json", "url": web.url})
        assert len(home.deliver()) == 1
        assert len(home.deliver()) == 1
    assert len(web.bodies) == 1


def test_severity_kind_and_rule_decide_who_is_told(home: Home) -> None:
    home.show(
        {"alert_id": "a", "severity": "info"},
        {"alert_id": "b", "severity": "warning"},
        {"alert_id": "c", "severity": "critical", "alert_kind": "freshness"},
        {"alert_id": "d", "severity": "critical", "channel": "channel2"},
        {"alert_id": "e", "severity": "critical", "channel": "nowhere"},
    )
    with web_server() as most, web_server() as some:
        home.channels(
            {"kind": "json", "url": most.url, "minimum_severity": "info"},
            {"kind": "json", "url": some.url, "minimum_severity": "critical", "alert_kinds": ["untagged_drift"]},
        )
        (problem,) = home.deliver()
    assert [[alert["alert_id"] for alert in body["alerts"]] for body in most.bodies] == [["c", "b", "a"]]
    assert [[alert["alert_id"] for alert in body["alerts"]] for body in some.bodies] == [["d"]]
    assert "'nowhere', which alerts.yml does not have" in problem


def test_many_alerts_come_in_few_messages(home: Home) -> None:
    home.show(*({"alert_id": f"alert {number:03d}"} for number in range(40)))
    with web_server() as web:
        home.channels({"kind": "slack", "url": web.url})
        assert home.deliver() == []
    assert len(web.bodies) == 3
    assert all(len(body["blocks"]) <= 50 for body in web.bodies)
    assert len({firing for note in notes(home) for firing in note["firings"]}) == 40


def test_a_failed_run_is_told_at_once_and_once_a_day(home: Home) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "teams", "url": web.url})
        assert home.deliver("failed", error="A check failed: 3 rows.") == []
        assert home.deliver("failed", error="A check failed: 3 rows.") == []
    (body,) = web.bodies
    card = body["attachments"][0]["content"]
    assert body["type"] == "message"
    assert body["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["type"] == "AdaptiveCard"
    assert "A check failed: 3 rows." in json.dumps(card)
    assert "More cost without a tag" not in json.dumps(card), "the former publication is no news"


def test_what_the_checks_of_a_run_found_is_told_with_it(home: Home) -> None:
    home.show()
    check = CheckResult("invoices_tie", "Invoices tie", "build", "warning", passed=False, failing_rows=2)
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver(checks=[check])
        home.deliver(checks=[check])
    (body,) = web.bodies
    assert body["alerts"][0]["alert_id"] == "failed_check:company:all:invoices_tie"
    assert "2 rows against the rule 'Invoices tie'" in body["alerts"][0]["message"]


def test_what_a_check_found_is_sent_by_a_later_run_where_its_own_could_not_and_only_then(home: Home) -> None:
    stands = {"alert_id": "failed_check:source:payer:shrank", "alert_kind": "failed_check", "scope_type": "source"}
    check = CheckResult("shrank", "Shrank", "payer", "warning", passed=False, source_name="payer")
    home.show(stands)
    home.channels({"kind": "json", "url": nobody()})
    assert len(home.deliver(checks=[check])) == 1
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.show(stands | {"alert_state": "ongoing"})
        assert home.deliver("unchanged") == []
        home.show(stands | {"alert_state": "re_fired", "last_fired_at": datetime(2026, 3, 17, 6)})  # noqa: DTZ001
        assert home.deliver(checks=[check]) == []
        assert home.deliver() == [], "its days are not over"
    assert [[alert["alert_id"] for alert in body["alerts"]] for body in web.bodies] == [[stands["alert_id"]]]


def test_a_source_that_stays_silent_is_told_though_nothing_is_published(home: Home) -> None:
    home.show()
    rules = home.settings.rules_dir / "alert_rules.csv"
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver("unchanged")
        assert web.bodies == []
        home.age(9)
        rules.write_text(f"{RULES}freshness,source,payer,10,14,,,,,,\n")
        home.deliver("unchanged")
        assert web.bodies == [], "a rule gives this source ten days"
        rules.unlink()
        home.deliver("unchanged")
        home.deliver("unchanged")
    (body,) = web.bodies
    assert body["alerts"][0]["alert_id"] == "freshness:source:payer"
    assert body["alerts"][0]["severity"] == "critical"


def test_a_source_is_late_by_its_own_step_and_by_the_day_of_the_company(home: Home) -> None:
    home.show()
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.age(20, step=31)
        home.deliver("unchanged")
        assert web.bodies == [], "a bill a month is not late after twenty days"
        home.age(9)
        home.deliver("unchanged", today=datetime.now(UTC).date() - timedelta(days=8))
        assert web.bodies == [], "the company lives on the day after its newest charge"
        home.deliver("unchanged")
        assert len(web.bodies) == 1


def test_silence_of_one_cause_is_told_once(home: Home) -> None:
    home.show()
    home.age(4)
    home.age(9, "second")
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver("unchanged")
        home.age(1, "azure", "Microsoft")
        home.deliver("unchanged")
        home.age(4, "azure", "Microsoft")
        home.age(1, "second")
        home.deliver("unchanged")
    told = [{alert["alert_id"]: alert["severity"] for alert in body["alerts"]} for body in web.bodies]
    assert told == [
        {"freshness:company:all": "critical"},
        {"freshness:provider:AWS": "critical"},
        {"freshness:source:azure": "warning", "freshness:source:payer": "warning"},
    ]
    assert "Also: No new charges from payer." in web.bodies[0]["alerts"][0]["message"]


def test_silence_of_a_bucket_is_told_once_though_more_than_one_provider_writes_there(home: Home) -> None:
    home.show()
    home.age(0)
    home.age(4, "focus", bucket="s3://bills")
    home.age(4, "azure", "Microsoft", bucket="s3://bills")
    home.age(9, "azure_too", "Microsoft", bucket="s3://bills")
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver("unchanged")
    ((alert,),) = [body["alerts"] for body in web.bodies]
    assert (alert["alert_id"], alert["severity"]) == ("freshness:bucket:s3://bills", "critical")
    assert alert["title"] == "No new charges from any source in s3://bills"
    assert "Also: No new charges from azure; No new charges from focus." in alert["message"]


def test_mail_goes_encrypted_with_a_login(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.show({"title": "Cost\r\nBcc: everybody@example.com", "message": "Ünlimited <b>"})
    monkeypatch.setenv("MAIL_USER", "finops")
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    with mail_server(tmp_path, accepted="right") as post:
        channel = {
            "kind": "mail",
            "host": "localhost",
            "port": post.port,
            "ca_file": str(post.ca_file),
            "user_env": "MAIL_USER",
            "password_env": "MAIL_PASSWORD",
            "from": "finops@example.com",
            "to": ["ada@example.com", "bob@example.com"],
        }
        home.channels(channel)
        assert home.deliver() == []
        assert home.deliver() == []
        (envelope,) = post.mails
        assert post.logins == [("finops", "right")]
        monkeypatch.setenv("MAIL_PASSWORD", "wrong")
        home.show({"alert_id": "another"})
        (problem,) = home.deliver()
        home.channels({**channel, "ca_file": None, "name": "untrusted"})
        (untrusted,) = home.deliver()
    mail = message_from_bytes(envelope.content, policy=default)
    assert envelope.rcpt_tos == ["ada@example.com", "bob@example.com"]
    assert mail["Subject"] == "FinOps [warning] Cost Bcc: everybody@example.com"
    assert mail["Bcc"] is None
    assert "Ünlimited <b>" in mail.get_content()
    assert "does not accept the user and password" in problem
    assert "certificate is not trusted" in untrusted


def test_a_dry_run_shows_and_sends_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        assert dry_run(home.settings, RunReport("r1", status="unchanged")) == 1
        shown = capsys.readouterr().out
        assert web.bodies == []
        assert notes(home) == []
        assert "untagged_drift:company:all" in shown
        assert "SECRET" not in shown
        home.deliver()
        assert dry_run(home.settings, RunReport("r1", status="unchanged")) == 0


def test_a_dry_run_without_channels_shows_what_one_would_get(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.show({})
    assert dry_run(home.settings, RunReport("r1", status="unchanged")) == 0
    shown = capsys.readouterr().out
    assert f"configured: there is no {home.settings.sources_file.parent / 'alerts.yml'}" in shown
    assert "one message with 1 alert\n" in shown
    assert "untagged_drift:company:all" in shown


def test_a_dry_run_before_anything_is_published_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FINOPS_ALERTS", raising=False)
    assert dry_run(Settings.from_env({"FINOPS_HOME": str(tmp_path)}), RunReport("r1", status="unchanged")) == 0
    assert "Nothing has been published" in capsys.readouterr().out


def test_names_from_a_bill_are_text_and_no_markup(home: Home) -> None:
    home.show({"title": "<!channel> *free*", "message": "[click](https://evil.example) <https://evil.example>"})
    with web_server() as slack, web_server() as teams:
        home.channels({"kind": "slack", "url": slack.url}, {"kind": "teams", "url": teams.url})
        assert home.deliver() == []
    header, *markup = slack.bodies[0]["blocks"]
    assert header["text"]["type"] == "plain_text"
    assert "<" not in json.dumps(markup) + slack.bodies[0]["text"]
    assert "&lt;!channel&gt;" in json.dumps(markup)
    (text,) = [
        block["text"] for block in teams.bodies[0]["attachments"][0]["content"]["body"] if "evil" in block["text"]
    ]
    assert text.startswith(r"\[click\](https://evil.example)")


def test_without_channels_nothing_happens(home: Home) -> None:
    home.show({})
    assert home.deliver() == []
    assert notes(home) == []


def test_a_broken_channel_does_not_keep_the_others_from_being_told(home: Home) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "slack", "url_env": "NOT_SET"}, {"kind": "json", "url": web.url})
        (problem,) = home.deliver()
        assert home.deliver() == [problem]
    assert "channel 1: the environment variable NOT_SET is not set." in problem
    assert len(web.bodies) == 1


def test_who_hangs_takes_no_time_from_those_that_follow(home: Home) -> None:
    home.show(*({"alert_id": f"alert {number:03d}"} for number in range(40)))
    with web_server(wait=30.0) as hangs, web_server() as web:
        home.channels({"kind": "json", "url": hangs.url}, {"kind": "json", "url": web.url})
        begun = time.monotonic()
        problems = home.deliver()
        assert time.monotonic() - begun < 6
    assert len(problems) == 3, "one per message to the channel that hangs"
    assert sum(len(body["alerts"]) for body in web.bodies) == 40


@pytest.mark.parametrize(("status", "times"), [(429, 3), (500, 3), (503, 3), (400, 1), (404, 1)])
def test_a_server_that_never_takes_it_is_told_and_asked_again_only_where_that_helps(
    home: Home, status: int, times: int
) -> None:
    home.show({})
    with web_server(status) as web:
        home.channels({"kind": "teams", "url": web.url})
        assert f"it answers with HTTP {status}; the next run tries again." in " ".join(home.deliver())
    assert len(web.bodies) == times
    assert [note["attempts"] for note in notes(home)] == [times]


def test_a_mail_server_that_refuses_or_is_silent_is_told(home: Home, tmp_path: Path) -> None:
    home.show({})
    mail = {"kind": "mail", "host": "127.0.0.1", "security": "none", "from": "a@example.com", "to": ["b@example.com"]}
    with mail_server(tmp_path, accepted="right") as post, silent_server() as silent_port:
        home.channels(mail | {"port": post.port}, mail | {"port": silent_port})
        begun = time.monotonic()
        refused, silent = home.deliver()
        assert time.monotonic() - begun < 6
    assert post.mails == []
    assert "it answers with SMTP 530" in refused
    assert "no answer within" in silent
    assert [note["status"] for note in notes(home)] == ["failed", "failed"]


def test_a_rule_on_a_check_counts_its_rows_for_what_is_sent_at_once_too(home: Home) -> None:
    home.show()
    rules = home.settings.rules_dir / "alert_rules.csv"
    checks = [
        CheckResult("odd", "Odd", "build", "warning", passed=False, failing_rows=rows, source_name="payer")
        for rows in (40, 60)
    ]
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        rules.write_text(f"{RULES}failed_check,,,101,,,,,,,\n")
        home.deliver(checks=checks)
        assert web.bodies == []
        rules.write_text(f"{RULES}failed_check,,,50,100,,,,,,\n")
        home.deliver(checks=checks)
    ((alert,),) = [body["alerts"] for body in web.bodies]
    assert (alert["severity"], alert["alert_value"], alert["value_unit"]) == ("critical", "100", "rows")


def test_what_somebody_has_taken_on_is_quiet_until_it_is_worse(home: Home) -> None:
    home.show({"alert_id": "freshness:source:payer", "alert_kind": "freshness", "alert_state": "acknowledged"})
    acknowledged = home.settings.rules_dir / "alert_acknowledgements.csv"
    acknowledged.write_text("alert_id,acknowledged_by,note,valid_from,valid_to\nfreshness:source:payer,Ada,,,\n")
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.age(4)
        home.deliver("unchanged")
        assert web.bodies == []
        home.age(9)
        home.deliver("unchanged")
        assert [body["alerts"][0]["severity"] for body in web.bodies] == ["critical"]
        acknowledged.write_text(
            "alert_id,acknowledged_by,note,valid_from,valid_to\nfailed_check:company:all:odd,Ada,,,2020-01-01\n"
        )
        home.deliver(checks=[CheckResult("odd", "Odd", "build", "warning", passed=False)])
        assert web.bodies[-1]["alerts"][0]["alert_id"] == "failed_check:company:all:odd", "it is over since 2020"


def test_a_run_that_fails_again_after_one_that_published_is_told_again(home: Home) -> None:
    home.show({})
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver("failed", error="No space.")
        home.deliver("failed", error="No space.")
        assert len(web.bodies) == 1
        former = home.settings.published_link.resolve()
        now = datetime.now(UTC)
        later = former.rename(former.with_name(f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}Z"))
        home.settings.published_link.unlink()
        home.settings.published_link.symlink_to(later)
        time.sleep(0.01)
        home.deliver("failed", error="A rule is wrong.")
        home.deliver("failed", error="A rule is wrong.")
    assert [body["alerts"][0]["message"].split(".")[0] for body in web.bodies] == ["No space", "A rule is wrong"]


def test_what_is_sent_at_once_names_who_answers_for_it(home: Home) -> None:
    home.show()
    home.age(9)
    home.own(("company", "all", "cost_owner", "Ada"), ("source", "payer", "approver", "Bob"))
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver("unchanged")
        home.deliver("failed", error="No space.")
    assert [body["alerts"][0]["owner"] for body in web.bodies] == ["Bob", "Ada"]
    assert web.bodies[0]["alerts"][0]["link_query"].startswith("select * from load_ledger where source_name = 'payer'")


def test_what_was_found_in_a_delivery_that_no_longer_counts_is_not_told(home: Home) -> None:
    home.show()
    odd = CheckResult("odd", "Odd", "payer 2026-03", "warning", passed=False, failing_rows=3, source_name="payer")
    checks = [replace(odd, delivery_id="former"), replace(odd, delivery_id="current")]
    periods = [PeriodReport("payer", "2026-03", "current")]
    with web_server() as web:
        home.channels({"kind": "json", "url": web.url})
        home.deliver(checks=checks, periods=periods)
    ((alert,),) = [body["alerts"] for body in web.bodies]
    assert (alert["alert_id"].split(":")[-1], alert["alert_value"]) == ("odd", "3")


def test_a_dry_run_shows_sources_that_fell_silent_since(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.show()
    home.age(9)
    assert dry_run(home.settings, RunReport("r1", status="unchanged")) == 0, "there is no channel"
    assert "critical freshness:source:payer" in capsys.readouterr().out
