"""The registry of KPIs against the models: what is measured is defined, and what is promised is measured."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
MODELS = PROJECT / "models" / "kpis"
FAMILY = re.compile(r"ref\('(kpi_\w+)'\)")
LIBRARY = range(1, 89)
# a KPI as a family model writes it: a list in the list that kpi_rows takes, or the first two columns of a select
EMITTED = re.compile(r"(?:^\s*|\[)\[\s*'(\w+)',\s*'(\w+)',|'(\w+)' as kpi_id,\s*'(\w+)' as variant", re.MULTILINE)
CHOICES = {
    "unit": {"currency", "ratio", "hours", "days", "count", "currency_per_unit", "units_per_currency"},
    "direction": {"up", "down", "none"},
    "period_grain": {"month", "day"},
    "is_fraction": {"true", "false"},
    "is_headline": {"true", "false"},
}


def reference(name: str) -> list[dict[str, str]]:
    """Read the rows of a seed."""
    with (PROJECT / "seeds" / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def registry() -> list[dict[str, str]]:
    """Read the rows of the registry."""
    return reference("kpi_definitions")


def emitted() -> dict[tuple[str, str], str]:
    """List what the family models measure: (KPI, variant) -> model."""
    found = {}
    for family in FAMILY.findall((MODELS / "kpi_measured.sql").read_text(encoding="utf-8")):
        for match in EMITTED.finditer((MODELS / f"{family}.sql").read_text(encoding="utf-8")):
            found[(match[1] or match[3], match[2] or match[4])] = family
    return found | {(row["kpi_id"], row["variant"]): "kpi_delivered" for row in reference("kpi_metric_ratios")}


def test_the_registry_says_which_model_measures_what() -> None:
    promised = {(row["kpi_id"], row["variant"]): row["model"] for row in registry() if row["model"]}
    assert promised == emitted()


def test_every_kpi_of_the_library_is_in_the_registry() -> None:
    assert {int(row["library_number"]) for row in registry() if row["library_number"]} == set(LIBRARY)


def test_what_is_not_measured_says_what_it_waits_for() -> None:
    wrong = [row["kpi_id"] for row in registry() if bool(row["model"]) == bool(row["waits_for"])]
    assert wrong == []


@pytest.mark.parametrize("column", CHOICES)
def test_the_registry_keeps_to_its_words(column: str) -> None:
    assert {row[column] for row in registry()} <= CHOICES[column]


def test_every_kpi_is_described_and_comes_once() -> None:
    rows = registry()
    free = {"library_number", "model", "waits_for", "target", "target_crawl", "target_walk", "target_run"}
    assert [row["kpi_id"] for row in rows if not all(value for name, value in row.items() if name not in free)] == []
    keys = [(row["kpi_id"], row["variant"]) for row in rows]
    assert keys == sorted(set(keys)), "rows are ordered by KPI and variant, each once"


def test_thresholds_lead_the_way_that_the_kpi_points() -> None:
    steps = ("target_crawl", "target_walk", "target_run")
    for row in registry():
        values = [float(row[name]) for name in steps if row[name]]
        assert len(values) in (0, 3), row["kpi_id"]
        assert values == sorted(values, reverse=row["direction"] == "down"), row["kpi_id"]


def test_what_is_to_be_delivered_is_named_where_one_looks_for_it() -> None:
    inputs = {(row["kpi_id"], row["variant"]): row["inputs"].split() for row in registry()}
    for row in reference("kpi_metric_ratios"):
        for part in ("numerator_metric", "minus_metric", "denominator_metric"):
            assert not row[part] or row[part] in inputs[row["kpi_id"], row["variant"]], row


def test_maturity_is_told_by_kpis_of_the_registry() -> None:
    rows = {(row["kpi_id"], row["variant"]): row for row in registry()}
    for criterion in reference("maturity_criteria"):
        row = rows[criterion["kpi_id"], criterion["variant"]]
        assert bool(row["target_run"]) != bool(criterion["level_when_measured"]), criterion
        assert criterion["stake_basis"] in {"share", "scope", "none"}
        assert all(criterion[step] for step in ("first_step", "walk_step", "run_step")), criterion


@pytest.mark.parametrize(
    ("provider", "category", "unit", "meter", "told"),
    [
        ("AWS", "Compute", "Hrs", "BoxUsage:m5.xlarge", ("core_hours", "", 4)),
        ("AWS", "Compute", "Hrs", "EUW2-SpotUsage:c5.18xlarge", ("core_hours", "", 72)),
        ("AWS", "Compute", "Hrs", "BoxUsage:t3.micro", ("core_hours", "", 2)),
        ("AWS", "Compute", "Hrs", "BoxUsage:t2.micro", ("core_hours", "", 1)),
        ("AWS", "Compute", "Hrs", "BoxUsage:m6g.medium", ("core_hours", "", 1)),
        ("AWS", "Compute", "Hrs", "BoxUsage:m5.metal", None),
        ("AWS", "Databases", "Hrs", "InstanceUsage:db.m5.xlarge", None),
        ("AWS", "Storage", "GB-Mo", "EU-TimedStorage-SIA-ByteHrs", ("stored_gb_months", "infrequent", 1)),
        ("AWS", "Storage", "GB-Mo", "TimedStorage-ByteHrs", ("stored_gb_months", "frequent", 1)),
        ("Microsoft", "Compute", "Hours", "E4-2s v3", ("core_hours", "", 2)),
        ("Microsoft", "Compute", "Hours", "D4s v5", ("core_hours", "", 4)),
        ("Microsoft", "Compute", "Hours", "B2ms", ("core_hours", "", 2)),
        ("Microsoft", "Compute", "Hours", "P10 LRS Disk", None),
        ("Google Cloud", "Compute", "hour", "N2 Instance Core running in Americas", ("core_hours", "", 1)),
        ("Google Cloud", "Compute", "hour", "N2 Instance Ram running in Americas", None),
        ("Oracle", "Compute", "OCPU Hours", "1 NONE HOURS OCPUS", ("core_hours", "", 2)),
        ("Lumen", "AI and Machine Learning", "Tokens", "Cached input tokens", ("cached_input_tokens", "", 1)),
        ("Lumen", "AI and Machine Learning", "Tokens", "Input tokens", ("input_tokens", "", 1)),
        ("Lumen", "AI and Machine Learning", "Tokens", "Reasoning output tokens", ("reasoning_tokens", "", 1)),
    ],
)
def test_a_meter_tells_what_it_measures(
    provider: str, category: str, unit: str, meter: str, told: tuple[str, str, int] | None
) -> None:
    found = None
    for row in reversed(reference("usage_meters")):
        same = row["service_provider_name"] in ("", provider) and row["service_category"] == category
        match = re.search(row["meter_pattern"], meter)
        if same and row["unit"] == unit and match:
            found = (row["usage_measure"], row["storage_tier"], int(row["factor"]) * int(match[1] or 1))
    assert found == told
