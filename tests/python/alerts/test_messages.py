"""What a message tells whoever gets it: how bad it is, whose, how it was measured, and how to go on from there."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from orchestration.alerts.messages import LARGEST, Alert, batches, mail, payload

from .conftest import FIRED

LATE = Alert(
    alert_id="freshness:source:payer",
    alert_kind="freshness",
    severity="warning",
    alert_state="new",
    scope_type="source",
    scope_id="payer",
    title="No new charges from payer",
    message="The last charge of payer is of 2026-03-01.",
    link_query="select * from load_ledger where source_name = 'payer'",
    fired_at=FIRED,
    owner="Ada",
    owner_contact="ada@example.com",
    alert_value=Decimal("4.000000000"),
    threshold_value=Decimal("3.000000000"),
    value_unit="days",
)


def texts(alert: Alert) -> dict[str, str]:
    """Give what each kind of channel shows of an alert."""
    shown = {kind: json.dumps(payload(kind, [alert], "p1"), ensure_ascii=False) for kind in ("slack", "teams", "json")}
    return shown | {"mail": mail([alert], "p1", "a@example.com", ("b@example.com",)).get_content()}


def test_every_channel_tells_the_query_that_shows_more_and_the_id_to_acknowledge_by() -> None:
    for kind, text in texts(LATE).items():
        assert "freshness:source:payer" in text, kind
        assert "load" in text, kind
        assert "source" in text, kind
        assert "Ada" in text, kind


@pytest.mark.parametrize(
    ("value", "threshold", "unit", "said"),
    [
        ("4.000000000", "3", "days", "4 days, threshold 3 days"),
        ("1", "2.5", "months", "1 month, threshold 2.5 months"),
        ("0.1234", "0.05", "share", "12.3 %, threshold 5.0 %"),
    ],
)
def test_a_value_is_told_in_its_unit(value: str, threshold: str, unit: str, said: str) -> None:
    alert = replace(LATE, alert_value=Decimal(value), threshold_value=Decimal(threshold), value_unit=unit)
    shown = texts(alert)
    for kind in ("slack", "teams", "mail"):
        assert said in shown[kind], kind
    (row,) = json.loads(shown["json"])["alerts"]
    assert (row["alert_value"], row["value_unit"]) == (value, unit)


@pytest.mark.parametrize("unit", ["rank", None])
def test_a_rank_and_an_unknown_unit_are_not_told_as_numbers(unit: str | None) -> None:
    assert "threshold" not in texts(replace(LATE, value_unit=unit))["mail"]


def test_no_message_is_larger_than_what_slack_and_teams_take() -> None:
    long = replace(LATE, **dict.fromkeys(("title", "message", "link_query", "scope_id", "owner"), "ü*" * 2000))
    alerts = [replace(long, alert_id=str(number)) for number in range(40)]
    for kind in ("slack", "teams", "json"):
        messages = list(batches(kind, alerts, "p1"))
        assert [alert for batch in messages for alert in batch] == alerts
        if kind == "slack":
            blocks = [payload(kind, batch, "p1")["blocks"] for batch in messages]
            assert max(map(len, blocks)) <= 50
            assert all(len(part["text"]) <= 3000 for block in blocks[0] for part in block.get("elements", []))
        if kind == "teams":
            assert max(len(json.dumps(payload(kind, batch, "p1"))) for batch in messages) <= LARGEST["teams"]
    assert [len(batch) for batch in batches("teams", [LATE] * 20, "p1")] == [15, 5], "ordinary ones are not split"
