"""`python -m orchestration.bigquery`: land what is new, load it into BigQuery's raw relations, say what builds them.

Belongs here: the command, and the memory of what was loaded where (`build/bigquery.json`) and not yet built. Does not
belong here: load jobs (`bigquery.py`), tables that are read in place (`bigquery_in_place.py`), the build (dbt).
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration import analysis, rebuild
from orchestration.analysis.warehouse import BigQueryWarehouse
from orchestration.bigquery import LoadResult, RawLoader, client_of, credentials_of
from orchestration.bigquery_in_place import looker, raw_views
from orchestration.build import write_raw
from orchestration.clock import moment
from orchestration.dbt import profiles_dir, run_dbt
from orchestration.errors import FinopsError
from orchestration.files import write_json
from orchestration.landing.books import keep_books
from orchestration.landing.engine import connect
from orchestration.pipeline import Pipeline
from orchestration.publish import new_publication_id
from orchestration.settings import Settings
from orchestration.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.landing import Ledger

_BUILD = ["build", "--target", "bigquery", "--exclude-resource-type", "unit_test"]


@dataclass
class Memory:
    """What BigQuery has: the inputs that were loaded, and the (source, month)s that were not built since."""

    place: str = ""
    """Project and dataset; of another one nothing is known."""
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    unbuilt: list[rebuild.Pair] | None = None
    """None for everything."""
    hashes: list[str] = field(default_factory=list)
    """Of the rules and of the project at the last build that this command saw."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; exit code 1 with one paragraph if nothing could be loaded, or the build failed."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.bigquery", description="Land what is new and load it into BigQuery's raw dataset."
    )
    parser.add_argument("--build", action="store_true", help="then build with dbt, instead of saying how")
    parser.add_argument("--everything", action="store_true", help="load and build everything anew")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        if settings.target != "bigquery":
            raise FinopsError(
                "This command loads BigQuery, and FINOPS_TARGET is not 'bigquery'; set it, and FINOPS_BIGQUERY_PROJECT "
                "and FINOPS_BIGQUERY_LOCATION or a profiles.yml of your own (see profiles.yml.example)."
            )
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        load_and_build(settings, build=chosen.build, everything=chosen.everything)
    except FinopsError:  # the pipeline has said why
        return 1
    return 0


def load_and_build(settings: Settings, *, build: bool = False, everything: bool = False) -> LoadResult:
    """Land, load, and build or say how; returns what was loaded. FinopsError has been told to a person already."""
    pipeline = Pipeline(settings, "bigquery", look=looker(settings))
    try:
        pipeline.prepare()
        pipeline.land()
        result, memory = _load(settings, pipeline, everything=everything)
        for text in pipeline.report.warnings:
            pipeline.say(f"! {text}")
        _build(settings, memory, pipeline) if build else _tell(settings, memory, pipeline)
        pipeline.report.status, pipeline.report.reason = "loaded", f"Loaded into BigQuery: {memory.place}."
        pipeline.finish_unpublished()
    except FinopsError as error:
        pipeline.fail(error)
        raise
    finally:
        pipeline.close()
    return result


def _load(settings: Settings, pipeline: Pipeline, *, everything: bool) -> tuple[LoadResult, Memory]:
    """Load what differs from what was loaded before; what is not built yet stays noted."""
    credentials = credentials_of(settings)
    client, dataset = client_of(credentials), f"{credentials.schema}_raw"
    place = f"{client.project}.{dataset}"
    ledger: Ledger = pipeline.ledger
    inputs = keep_books(ledger).inputs()
    memory = _read(settings)
    if everything or memory.place != place:
        memory = Memory()
    pairs = None
    if memory.place:
        pairs = sorted(rebuild.with_line_sources(rebuild.differing(memory.inputs, inputs), inputs))
    # Noted before the first job: what a killed run has loaded is to be built, too.
    unbuilt = None if pairs is None or memory.unbuilt is None else sorted({*pairs, *memory.unbuilt})
    memory = Memory(place, memory.inputs, unbuilt, memory.hashes)
    _write(settings, memory)
    pipeline.say(f"Loading into {place}")
    with connect(settings, settings.build_dir) as connection:
        write_raw(connection, settings, ledger)
        months = None if pairs is None else [(source, date.fromisoformat(month)) for source, month in pairs]
        result = RawLoader(client, dataset).load(connection, months, raw_views(client, ledger))
    analysis.create_empty(_warehouse(settings))  # so that dbt can read them before they were ever computed
    memory = Memory(place, inputs, unbuilt, memory.hashes)
    _write(settings, memory)
    lines, replaced = sum(result.rows.values()), counted(len(result.partitions), "month")
    pipeline.say(f"  {counted(lines, 'row')} in {counted(len(result.rows), 'relation')}, {replaced} replaced")
    return result, memory


def _unbuilt(settings: Settings, memory: Memory) -> list[rebuild.Pair] | None:
    """List what a build has to replace: what was loaded since, or everything where rules or models have changed."""
    return memory.unbuilt if memory.hashes == _hashes(settings) else None


def _build(settings: Settings, memory: Memory, pipeline: Pipeline) -> None:
    pairs = _unbuilt(settings, memory)
    pipeline.say("Building: " + ("everything" if pairs is None else counted(len(pairs), "monthly bill")))
    hashes = _hashes(settings)
    env = {
        "FINOPS_PUBLICATION_ID": new_publication_id(settings),
        "FINOPS_REBUILD": _variable(pairs),
        "FINOPS_AS_OF": f"{moment(settings):%Y-%m-%d %H:%M:%S}",
    }
    args = [*_BUILD, "--full-refresh"] if pairs is None else _BUILD
    reads_analyses = f"source:{analysis.SOURCE}+"
    _dbt(settings, [*args, "--exclude", reads_analyses], env, pipeline)
    if analysis.tables():
        pipeline.say("Analyzing")
        analysis.analyze(settings, _warehouse(settings), env, "analysis-bigquery", pipeline.say)
        _dbt(settings, [*args, "--select", reads_analyses], env, pipeline)
    _write(settings, Memory(memory.place, memory.inputs, [], hashes))
    pipeline.say("Built; readers find the dataset finops_published.")


def _warehouse(settings: Settings) -> BigQueryWarehouse:
    credentials = credentials_of(settings)
    return BigQueryWarehouse(client_of(credentials), credentials.schema)


def _dbt(settings: Settings, args: list[str], env: dict[str, str], pipeline: Pipeline) -> None:
    """Run one half of the build."""
    outcome = run_dbt(settings, args, env, say=pipeline.say)
    if not outcome.success:
        words = "; ".join(f"{node.name}: {node.message}" for node in outcome.failed[:3]) or outcome.error
        raise FinopsError(
            f"dbt could not build on BigQuery: {words} What was loaded stays noted for the next build; the log is in "
            f"{settings.logs_dir}."
        )


def _tell(settings: Settings, memory: Memory, pipeline: Pipeline) -> None:
    """Say which command builds what was loaded."""
    pairs = _unbuilt(settings, memory)
    if pairs == []:
        pipeline.say("Nothing is new since the last build.")
        return
    words = ["FINOPS_TARGET=bigquery", f"FINOPS_REBUILD={shlex.quote(_variable(pairs))}"]
    words += [".venv/bin/dbt", *_BUILD, *(["--full-refresh"] if pairs is None else [])]
    words += ["--profiles-dir", shlex.quote(str(profiles_dir(settings)))]
    pipeline.say(
        "Now build there with dbt. `python -m orchestration.bigquery --build` does the same, computes the analyses in "
        "between, and notes that it is done, so that the next build is of nothing but what is new then:\n\n  "
        f"{' '.join(words)}\n"
    )


def _variable(pairs: list[rebuild.Pair] | None) -> str:
    return "all" if pairs is None else json.dumps([list(pair) for pair in pairs])


def _hashes(settings: Settings) -> list[str]:
    return [rebuild.rules_hash(settings), rebuild.project_hash(settings)]


def _read(settings: Settings) -> Memory:
    """Read the memory; without one, or with a damaged one, everything is loaded anew."""
    try:
        content: dict[str, Any] = json.loads((settings.build_dir / "bigquery.json").read_text(encoding="utf-8"))
        unbuilt = content.pop("unbuilt")
        return Memory(unbuilt=None if unbuilt is None else [tuple(pair) for pair in unbuilt], **content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def _write(settings: Settings, memory: Memory) -> None:
    write_json(settings.build_dir / "bigquery.json", vars(memory))
