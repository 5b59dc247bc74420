"""What raw columns become on BigQuery, and where the landing finds BigQuery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.bigquery import Column, bigquery_type, credentials_of, raw_columns, raw_relations
from orchestration.errors import FinopsError
from orchestration.settings import Settings

from . import compiled, raw_sample

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("duckdb_type", "expected"),
    [
        ("VARCHAR", "STRING"),
        ("DECIMAL(38,9)", "NUMERIC"),
        ("DECIMAL(18,3)", "NUMERIC"),
        ("DECIMAL(38,24)", "BIGNUMERIC(38, 24)"),
        ("DECIMAL(38,0)", "BIGNUMERIC(38, 0)"),  # NUMERIC has 29 digits before the point
        ("TIMESTAMP", "TIMESTAMP"),
        ("DATE", "DATE"),
        ("BIGINT", "INT64"),
        ("BOOLEAN", "BOOL"),
        ("MAP(VARCHAR, VARCHAR)", "ARRAY<STRUCT<key STRING, value STRING>>"),
    ],
)
def test_a_raw_type_has_one_bigquery_type(duckdb_type: str, expected: str) -> None:
    assert bigquery_type(duckdb_type) == expected


def test_a_type_that_raw_does_not_use_is_refused() -> None:
    with pytest.raises(FinopsError, match="TIMESTAMP WITH TIME ZONE"):
        bigquery_type("TIMESTAMP WITH TIME ZONE")


def test_exact_money_keeps_its_digits_in_a_load_job() -> None:
    field = Column("delivered_cost", "DECIMAL(38,24)", "BIGNUMERIC(38, 24)").field()
    assert (field.field_type, field.precision, field.scale) == ("BIGNUMERIC", 38, 24)


def test_every_raw_relation_has_bigquery_types() -> None:
    with duckdb.connect() as connection:
        raw_sample.create(connection)
        names = raw_relations(connection)
        lines = {column.name: column.bigquery_type for column in raw_columns(connection, "aws_cur2")}
        assert all(raw_columns(connection, name) for name in names)
    assert {"aws_cur2", "focus", "deliveries", "delivery_costs", "rule_teams"} <= set(names)
    assert lines["line_item_unblended_cost"] == "NUMERIC"
    assert lines["resource_tags"] == "ARRAY<STRUCT<key STRING, value STRING>>"
    assert lines["line_item_usage_start_date"] == "TIMESTAMP"


def test_the_profile_says_where_bigquery_is(tmp_path: Path) -> None:
    profiles = compiled.write_profiles(tmp_path / "profiles", endpoint="http://127.0.0.1:9")
    settings = replace(Settings.from_env({"FINOPS_HOME": str(tmp_path)}), project_dir=profiles, target="bigquery")
    credentials = credentials_of(settings)
    assert (credentials.database, credentials.schema) == ("standin", "finops")
    assert credentials.api_endpoint == "http://127.0.0.1:9"


def test_a_profile_without_bigquery_is_one_clear_paragraph(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text("finops: {target: duckdb, outputs: {duckdb: {type: duckdb, schema: a}}}\n")
    settings = replace(Settings.from_env({"FINOPS_HOME": str(tmp_path)}), project_dir=tmp_path, target="bigquery")
    with pytest.raises(FinopsError, match=r"profiles\.yml has no usable target `bigquery`"):
        credentials_of(settings)
