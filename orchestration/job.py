"""The Dagster job `finops` and everything that the UI shows: assets, checks, schedule, sensor.

Belongs here: how the steps of `pipeline.py` become steps of a job, which of them are retried, and which events they
report. Making the definitions never opens a database.
(No postponed annotations here: Dagster reads the type of `context`.)
"""

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError  # not public, yet raised into our steps

from orchestration import events, stops
from orchestration.assets import Catalog, build_catalog
from orchestration.errors import FinopsError
from orchestration.files import is_disk_full
from orchestration.manifest import load_manifest
from orchestration.pipeline import Pipeline
from orchestration.schedules import daily, new_deliveries
from orchestration.settings import Settings
from orchestration.sources import load_sources

JOB = "finops"
# A share that hiccups, a disk of the network: worth another try. Bad input and failed audits are not.
RETRY = dg.RetryPolicy(max_retries=2, delay=float(os.environ.get("FINOPS_RETRY_SECONDS", "10")))
_DONE = "done"


@dg.resource(
    config_schema={
        "months": dg.Field(
            [str],
            default_value=[],
            description="Billing months (2026-10) to look at for new deliveries; empty for all. What is new in the "
            "ledger is always built.",
        )
    },
    description="One run of the warehouse: holds the lock, and hands what one step found to the next.",
)
def pipeline_resource(context: dg.InitResourceContext) -> Iterator[Pipeline]:
    """Make the state of a run, and give the lock back when the run ends."""
    run = context.run
    months = context.resource_config["months"] or _chosen(run)
    pipeline = Pipeline(Settings.from_env(), run.run_id if run else "", months)
    try:
        yield pipeline
    finally:
        pipeline.close()


def _chosen(run: dg.DagsterRun | None) -> list[str]:
    """Return the partitions that a person chose in the UI, as months."""
    tags = run.tags if run else {}
    if "dagster/partition" in tags:
        return [tags["dagster/partition"]]
    first, last = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
    if not (first and last):
        return []
    start, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def _attempt(context: dg.OpExecutionContext, step: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run a step; a failure that another try may mend goes out as it is, any other ends the run with its reason.

    A stop from outside is a reason too: Dagster alone would try the step again.
    """
    pipeline: Pipeline = context.resources.pipeline
    try:
        with stops.heard():
            return step()
    except (KeyboardInterrupt, DagsterExecutionInterruptedError) as stop:
        raise dg.Failure(description=pipeline.stop(), allow_retries=False) from stop
    except Exception as error:
        policy = context.op_def.retry_policy
        if policy and _is_passing(error) and context.retry_number < policy.max_retries:
            pipeline.say(f"  {error}; trying again")
            raise
        pipeline.fail(error)
        raise dg.Failure(description=str(error), allow_retries=False) from error


def _is_passing(error: BaseException) -> bool:
    """Tell an error of the disk or the network, which may be gone in a moment."""
    cause = error.__cause__ if isinstance(error, FinopsError) else error
    return isinstance(cause, OSError) and not is_disk_full(cause) and not isinstance(cause, PermissionError)


def build_definitions(settings: Settings) -> dg.Definitions:
    """Make everything for these settings; FinopsError if `sources.yml` or the dbt project cannot be read."""
    sources = load_sources(settings)
    catalog = build_catalog(settings, sources, load_manifest(settings))
    graph = _graph(catalog)
    resources = {"pipeline": pipeline_resource}
    job = graph.to_job(
        name=JOB,
        description="Load what is new, build it aside, audit it and publish it. `months` limits what is looked at.",
        resource_defs=resources,
        executor_def=dg.in_process_executor,
    )
    assets = dg.AssetsDefinition(
        node_def=graph,
        keys_by_output_name={_name(spec.key): spec.key for spec in catalog.specs},
        specs=catalog.specs,
        check_specs_by_output_name={_check_name(spec.key): spec for spec in catalog.check_specs},
        resource_defs=resources,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    return dg.Definitions(
        assets=[assets],
        jobs=[job],
        schedules=[daily(job)],
        sensors=[new_deliveries(job)],
        executor=dg.in_process_executor,
    )


def _graph(catalog: Catalog) -> dg.GraphDefinition:
    """Chain the four steps. The graph's outputs are the assets; none is required, as a run may find nothing new."""

    @dg.op(out={_DONE: dg.Out(dg.Nothing)}, required_resource_keys={"pipeline"})
    def prepare(context: dg.OpExecutionContext) -> None:
        """Take the lock, check the settings and the rules, make the sample company where it is asked for."""
        _attempt(context, context.resources.pipeline.prepare)

    @dg.op(
        ins={"start": dg.In(dg.Nothing)},
        out=_outs([spec.key for spec in catalog.landing.values()], _front(catalog)),
        required_resource_keys={"pipeline"},
        retry_policy=RETRY,
    )
    def land(context: dg.OpExecutionContext) -> Iterator[Any]:
        """Take every new delivery of every source through the front door into raw and the ledger."""
        landing = _attempt(context, context.resources.pipeline.land)
        yield from events.of_landing(catalog, landing, context.resources.pipeline.front_checks)
        yield dg.Output(None, _DONE)

    @dg.op(
        ins={"start": dg.In(dg.Nothing)},
        out=_outs(
            [spec.key for spec in (*catalog.models.values(), *catalog.analyses.values())], list(catalog.tests.values())
        ),
        required_resource_keys={"pipeline"},
    )
    def build(context: dg.OpExecutionContext) -> Iterator[Any]:
        """Build the months that changed with dbt, tests included, in a database that no reader sees."""
        pipeline: Pipeline = context.resources.pipeline
        failed = None
        try:
            _attempt(context, pipeline.build)
        except dg.Failure as failure:
            failed = failure
        if pipeline.built and pipeline.plan:
            yield from events.of_build(catalog, pipeline.built, pipeline.plan)
        if failed:
            raise failed
        yield dg.Output(None, _DONE)

    @dg.op(
        ins={"start": dg.In(dg.Nothing)},
        out={_name(catalog.publication.key): dg.Out(dg.Nothing, is_required=False)}
        | {_check_name(spec.key): dg.Out(dg.Nothing, is_required=False) for spec in _back(catalog)},
        required_resource_keys={"pipeline"},
        retry_policy=RETRY,
    )
    def publish(context: dg.OpExecutionContext) -> Iterator[Any]:
        """Stage the publication, audit it, compare it with the build to the last digit, and swap it in."""
        pipeline: Pipeline = context.resources.pipeline
        failed = None
        try:
            _attempt(context, pipeline.publish)
        except dg.Failure as failure:
            failed = failure
        yield from events.of_publication(catalog, pipeline.report, pipeline.back_checks)
        if failed:
            raise failed

    steps = {"prepare": prepare, "land": land, "build": build, "publish": publish}
    names = list(steps)
    return dg.GraphDefinition(
        JOB,
        node_defs=list(steps.values()),
        dependencies={later: {"start": dg.DependencyDefinition(earlier, _DONE)} for earlier, later in pairwise(names)},
        output_mappings=[
            dg.OutputMapping(output.name, name, output.name)
            for name, step in steps.items()
            for output in step.output_defs
            if output.name != _DONE
        ],
    )


def _front(catalog: Catalog) -> list[dg.AssetCheckSpec]:
    return [spec for spec in catalog.doors if spec.asset_key != catalog.publication.key]


def _back(catalog: Catalog) -> list[dg.AssetCheckSpec]:
    return [spec for spec in catalog.doors if spec.asset_key == catalog.publication.key]


def _outs(keys: list[dg.AssetKey], checks: list[dg.AssetCheckSpec]) -> dict[str, dg.Out]:
    names = [_DONE, *map(_name, keys), *[_check_name(spec.key) for spec in checks]]
    return {name: dg.Out(dg.Nothing, is_required=name == _DONE) for name in names}


def _name(key: dg.AssetKey) -> str:
    return "__".join(key.path)


def _check_name(key: dg.AssetCheckKey) -> str:
    return f"check__{_name(key.asset_key)}__{key.name}"
