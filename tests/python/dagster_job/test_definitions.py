"""What the UI shows, and when the job runs by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from orchestration import dagster_home, schedules
from orchestration.event_log import QuickEventLog
from orchestration.job import JOB, _chosen, build_definitions
from orchestration.schedules import listing, open_months

from .company import Company, line
from .conftest import Lived


@pytest.fixture(scope="module")
def definitions(first_run: Lived) -> dg.Definitions:
    """Make the definitions of the small company."""
    return build_definitions(first_run.company.settings)


def test_definitions_are_valid(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    assert definitions.resolve_job_def(JOB).graph.name == JOB


def test_one_landing_asset_per_source_and_layers_as_groups(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert [name for name in specs if name.startswith("landing/")] == ["landing/saas"]
    groups = {spec.group_name for spec in specs.values()}
    assert {"raw", "staging", "intermediate", "marts", "kpis", "ops", "published", "publication"} <= groups
    assert "landing/saas" in {dep.asset_key.to_user_string() for dep in specs["staging/stg_focus__lines"].deps}


def test_months_are_the_only_partitions(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        # an analysis reads all months at once
        if spec.key.path[0] in ("publication", "analysis"):
            assert spec.partitions_def is None
        else:
            assert isinstance(spec.partitions_def, dg.MonthlyPartitionsDefinition)
            assert "2026-08" in spec.partitions_def.get_partition_keys()


def test_every_data_test_is_a_check(definitions: dg.Definitions) -> None:
    checks = definitions.resolve_asset_graph().asset_check_keys
    assert {"front_door", "back_door", "last_hop", "every_hop_ties"} <= {key.name for key in checks}


def test_the_schedule_asks_for_the_open_and_the_previous_month(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 1, 3, 6, tzinfo=UTC))
    (request,) = schedule.evaluate_tick(context).run_requests
    assert request.run_config["resources"]["pipeline"]["config"]["months"] == ["2025-12", "2026-01"]
    assert open_months(date(2026, 3, 31)) == ["2026-02", "2026-03"]


def test_the_sensor_asks_once_per_change(
    fresh: Company, definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fresh.environ.items():
        monkeypatch.setenv(name, value)
    sensor = definitions.resolve_sensor_def("new_deliveries")
    with dg.DagsterInstance.ephemeral() as instance:
        first = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=None))
        assert len(first.run_requests) == 1
        again = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=first.cursor))
        assert (again.run_requests, again.cursor) == ([], first.cursor)
        fresh.deliver("2026-09", [line("2026-09", 1, "1")])
        changed = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=first.cursor))
        assert [request.run_key for request in changed.run_requests] == [changed.cursor]
        assert changed.cursor.startswith(listing(fresh.settings))


def test_the_sensor_asks_again_when_an_earlier_listing_comes_back_or_its_cursor_is_reset(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = definitions.resolve_sensor_def("new_deliveries")
    keys, cursor = [], None
    with dg.DagsterInstance.ephemeral() as instance:
        for seen in ("a", "b", "a", "b", None):
            if seen:
                monkeypatch.setattr(schedules, "listing", lambda _, seen=seen: seen)
            tick = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor if seen else None))
            keys += [request.run_key for request in tick.run_requests]
            cursor = tick.cursor
    assert len(set(keys)) == 5


def test_partitions_chosen_in_the_ui_are_months() -> None:
    one = dg.DagsterRun(job_name="x", run_id="1", tags={"dagster/partition": "2026-09"})
    some = {"dagster/asset_partition_range_start": "2025-11", "dagster/asset_partition_range_end": "2026-01"}
    assert _chosen(one) == ["2026-09"]
    assert _chosen(dg.DagsterRun(job_name="x", run_id="1", tags=some)) == ["2025-11", "2025-12", "2026-01"]
    assert _chosen(None) == []


def test_the_home_is_configured_without_telemetry(fresh: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    with dagster_home.open_instance(fresh.settings) as instance:
        assert instance.get_settings("telemetry") == {"enabled": False}
        # Dagster makes its own, slow class unless it is told not to
        assert isinstance(instance.event_log_storage, QuickEventLog)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
