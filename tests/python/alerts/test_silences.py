"""What sources that are silent together have in common is told alike by the feed and by what is sent at once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.alerts.direct import direct_alerts
from orchestration.report import RunReport

from .conftest import Home, today

PROJECT = Path(__file__).resolve().parents[3]
MODEL = PROJECT / "models" / "ops" / "alerts" / "alert_silences.sql"
WORDS = PROJECT / "seeds" / "reference" / "silence_words.csv"
SOURCES = st.lists(
    st.tuples(
        st.sampled_from([None, "AWS", "Microsoft", "Oracle"]),
        st.sampled_from([None, "s3://bills", "az://bills@ours"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def feed(sources: list[tuple[str | None, str | None, bool]]) -> dict[str, str]:
    """Ask the model: the id of each alert that is told, with its title."""
    sql = jinja2.Template(MODEL.read_text(encoding="utf-8")).render(ref=lambda name: name)
    with duckdb.connect() as con:
        con.execute(f"create table silence_words as from read_csv('{WORDS}')")
        con.execute("create table bill_freshness (source_name text, service_provider_name text, storage_bucket text)")
        con.execute("create table alert_conditions (scope_id text, alert_kind text, alert_id text)")
        for number, (provider, bucket, is_silent) in enumerate(sources):
            con.execute("insert into bill_freshness values ($1, $2, $3)", [f"s{number}", provider, bucket])
            if is_silent:
                alert = [f"s{number}", "freshness", f"freshness:source:s{number}"]
                con.execute("insert into alert_conditions values ($1, $2, $3)", alert)
        shared = {alert: (told, title) for alert, told, _, _, title in con.execute(sql).fetchall()}
        alone = con.execute("select alert_id, 'No new charges from ' || scope_id from alert_conditions").fetchall()
    return dict(shared.get(alert, (alert, title)) for alert, title in alone)


@given(sources=SOURCES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_feed_and_what_is_sent_at_once_find_the_same_cause(
    home: Home, sources: list[tuple[str | None, str | None, bool]]
) -> None:
    home.show()
    home.forget("payer")
    for number, (provider, bucket, is_silent) in enumerate(sources):
        home.age(9 if is_silent else 0, f"s{number}", provider, bucket=bucket)
    sent = [one.alert for one in direct_alerts(home.settings, RunReport("r1", status="unchanged"), today())]
    assert {alert.alert_id: alert.title for alert in sent} == feed(sources)
