"""What a test of a model says to a person once it has failed."""

from dataclasses import replace

import duckdb

from orchestration.build import checks_of
from orchestration.dbt import DbtNode
from orchestration.settings import Settings

FAILED = DbtNode("test.finops.sums_tie", "test", "sums_tie", "warn", failures=2, description="Sums tie")


def test_a_failed_test_names_the_sources_of_its_rows_where_it_tells_them(settings: Settings) -> None:
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("create table hops as select unnest(['oci', 'aws', 'aws']) as source_name, 1.5 as difference")
    known, unknown = checks_of(
        settings, [replace(FAILED, sql="from hops"), replace(FAILED, sql="select difference from hops")]
    )
    assert known.sentence() == "aws, oci: 3 rows with 4.5 against the rule 'Sums tie' (sums_tie)."
    assert unknown.sentence() == "build: 3 rows with 4.5 against the rule 'Sums tie' (sums_tie)."
