"""What a run reports to Dagster: one materialization per asset and month, one evaluation per check.

Belongs here: translating results of the pipeline's steps into Dagster's events. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.assets import BACK_DOOR, FRONT_DOOR, LAST_HOP, Catalog

if TYPE_CHECKING:
    from orchestration.build import BuildResult
    from orchestration.doors.checks import CheckResult
    from orchestration.landing import LandingResult
    from orchestration.rebuild import Plan
    from orchestration.report import RunReport

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation


def of_landing(catalog: Catalog, landing: LandingResult, checks: list[CheckResult]) -> Iterator[Event]:
    """Report each new delivery on its source's asset, and what the front door said of each source."""
    for outcome in landing.new:
        delivery = outcome.delivery
        if delivery is None:
            continue
        metadata: dict[str, Any] = {
            "delivery_id": delivery.delivery_id,
            "rows": delivery.row_count,
            "bytes": delivery.byte_count,
            "files": len(delivery.files),
        }
        key = catalog.landing[delivery.source_name].key
        if outcome.billing_month is None:  # facts of the business
            yield dg.AssetMaterialization(key, metadata=metadata)
            continue
        metadata |= {f"cost {currency}": f"{cost:f}" for currency, cost in delivery.delivered_costs.items()}
        yield _materialization(key, outcome.billing_month.isoformat(), metadata)
    for source, spec in catalog.landing.items():
        mine = [check for check in checks if check.source_name == source]
        refused = [outcome.message for outcome in landing.rejected if outcome.source_name == source]
        is_taken = any(outcome.source_name == source for outcome in landing.new)
        if mine or refused or is_taken:
            yield _evaluation(spec.key, FRONT_DOOR, mine, refused)


def of_build(catalog: Catalog, built: BuildResult, plan: Plan) -> Iterator[Event]:
    """Report each model that was built for each month that was rebuilt, each test, and each analysis."""
    tests = {check.name: check for check in built.checks}
    for node in built.outcome.nodes:
        if node.unique_id in catalog.models and node.status == "success":
            metadata = {"seconds": node.seconds}
            for month in plan.months:
                yield _materialization(catalog.models[node.unique_id].key, month, metadata)
        elif node.unique_id in catalog.tests and node.name in tests and node.status != "skipped":
            spec = catalog.tests[node.unique_id]
            yield _evaluation(spec.asset_key, spec.name, [tests[node.name]], seconds=node.seconds)
    for name in built.analysis_tables:
        yield dg.AssetMaterialization(catalog.analyses[name].key)


def of_publication(catalog: Catalog, report: RunReport, checks: list[CheckResult]) -> Iterator[Event]:
    """Report the publication, if there is a new one, and the two checks that stood before it."""
    if not checks:
        return
    if report.status == "published":
        metadata = {
            "publication_id": report.publication_id or "",
            "rows": sum(period.row_count or 0 for period in report.periods if period.state == "current"),
            "checks": f"{report.passed_count} of {len(report.checks)} passed",
        }
        yield dg.AssetMaterialization(catalog.publication.key, metadata=metadata)
    last_hop = [check for check in checks if check.name.startswith(("published_", "lines_table_"))]
    yield _evaluation(catalog.publication.key, LAST_HOP, last_hop)
    yield _evaluation(catalog.publication.key, BACK_DOOR, [check for check in checks if check not in last_hop])


def _materialization(key: dg.AssetKey, month: str, metadata: dict[str, Any]) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(key, partition=month[:7], metadata=metadata)


def _evaluation(
    key: dg.AssetKey,
    name: str,
    checks: Iterable[CheckResult],
    refused: Iterable[str] = (),
    seconds: float | None = None,
) -> dg.AssetCheckEvaluation:
    """Sum checks up as one: it fails where any of them does; a refused delivery fails it too."""
    checks, refused = list(checks), list(refused)
    failed = [check for check in checks if not check.passed]
    sentences = [*refused, *[check.sentence() for check in failed]]
    is_error = any(check.blocks for check in failed) or bool(refused)
    metadata: dict[str, Any] = {"checks": len(checks), "failing rows": sum(check.failing_rows for check in failed)}
    if seconds is not None:
        metadata["seconds"] = seconds
    if sentences:
        metadata["what"] = dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in sentences))
    looks = [check.look for check in failed if check.look]
    if looks:
        metadata["look"] = looks[0]
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=name,
        passed=not failed and not refused,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
        description=sentences[0] if sentences else None,
    )
