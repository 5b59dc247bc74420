"""Google's billing export through the landing: nested Parquet, JSON lines, Avro and flat CSV, and what can be wrong."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.formats.gcp import GCP_BILLING
from orchestration.landing.expressions import value_sql

from . import gcp_lines as gcp
from .world import World, write_csv

if TYPE_CHECKING:
    from pathlib import Path

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
CREDIT = {"name": "Trial", "amount": -0.25, "full_name": None, "id": None, "type": "PROMOTION"}
AVRO = {
    "type": "record",
    "name": "Root",
    "fields": [
        {"name": "billing_account_id", "type": ["null", "string"]},
        {
            "name": "sku",
            "type": [
                "null",
                {"type": "record", "name": "Sku", "fields": [{"name": "id", "type": ["null", "string"]}]},
            ],
        },
        {"name": "usage_start_time", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
        {"name": "cost", "type": ["null", "double"]},
        {
            "name": "cost_at_list",
            "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 9}],
        },
        {"name": "currency", "type": ["null", "string"]},
        {
            "name": "labels",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Label",
                    "fields": [{"name": "key", "type": "string"}, {"name": "value", "type": ["null", "string"]}],
                },
            },
        },
        {
            "name": "credits",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Credit",
                    "fields": [{"name": "amount", "type": ["null", "double"]}, {"name": "type", "type": "string"}],
                },
            },
        },
        {
            "name": "invoice",
            "type": {"type": "record", "name": "Invoice", "fields": [{"name": "month", "type": ["null", "string"]}]},
        },
    ],
}
AVRO_LINE = {
    "billing_account_id": "01",
    "sku": {"id": "S"},
    "usage_start_time": dt.datetime(2026, 10, 3, 7, tzinfo=dt.UTC),
    "cost": 1.25,
    "cost_at_list": Decimal("2.000000001"),
    "currency": "USD",
    "labels": [{"key": "env", "value": "prod"}],
    "credits": [{"amount": -0.25, "type": "PROMOTION"}],
    "invoice": {"month": "202610"},
}


@pytest.fixture
def folder(world: World) -> Path:
    """Give the folder of the one source."""
    return world.source("gcp_billing")


def write_avro(path: Path, lines: list[dict[str, Any]], codec: str) -> Path:
    """Write lines as BigQuery's Avro."""
    import fastavro  # noqa: PLC0415

    with path.open("wb") as handle:
        fastavro.writer(handle, fastavro.parse_schema(AVRO), lines, codec=codec)
    return path


def reason(world: World) -> str:
    """Land, and give the one reason for the one rejection."""
    result = world.land()
    assert (len(result.new), len(result.rejected)) == (0, 1)
    return result.rejected[0].message


def one(world: World, columns: str) -> tuple[Any, ...]:
    """Read the one line."""
    (row,) = world.query(f"select {columns} from finops_raw.gcp_billing")
    return row


@pytest.mark.parametrize("name", ["a.parquet", "a.json.gz", "a.jsonl", "000000000000.json"])
def test_nested_fields_find_their_columns_whatever_the_file(world: World, folder: Path, name: str) -> None:
    write = gcp.write_parquet if name.endswith(".parquet") else gcp.write_json
    write(folder / name, [gcp.line(credits=[CREDIT])])
    world.land()
    assert one(world, "service_description, project_id, invoice_month, usage_start_time, billing_month") == (
        "Compute Engine",
        "shop",
        OCTOBER,
        dt.datetime(2026, 10, 3, 7),  # noqa: DTZ001
        OCTOBER,
    )
    assert one(world, "cost, labels, project_labels, credits[1].amount, credits[1].type") == (
        Decimal("1.25"),
        {"env": "prod"},
        {"team": "web"},
        Decimal("-0.25"),
        "PROMOTION",
    )


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_avro_is_read_with_its_types(world: World, folder: Path, codec: str) -> None:
    write_avro(folder / "a.avro", [AVRO_LINE, AVRO_LINE | {"sku": None, "cost": 0.1}], codec)
    world.land()
    rows = world.query("select sku_id, cost, cost_at_list, usage_start_time, labels from finops_raw.gcp_billing")
    start, list_cost = dt.datetime(2026, 10, 3, 7), Decimal("2.000000001")  # noqa: DTZ001
    assert sorted(rows, key=str) == [
        ("S", Decimal("1.25"), list_cost, start, {"env": "prod"}),
        (None, Decimal("0.1"), list_cost, start, {"env": "prod"}),
    ]
    (cost,) = world.ledger().deliveries[0].costs
    assert (cost.delivered_cost, cost.amount_count) == (Decimal("0.85"), 4)


def test_flat_csv_with_dotted_names_and_pythons_lists_is_read(world: World, folder: Path) -> None:
    flat = {
        "billing_account_id": "01",
        "service.description": "Compute Engine",
        "sku.id": "S",
        "usage_start_time": "2026-10-03 07:00:00 UTC",
        "project.labels": "[{'key': 'team', 'value': 'web'}]",
        "labels": '{"env": "prod"}',
        "cost": "1.25",
        "currency": "USD",
        "credits": "[{'name': 'SUD', 'amount': -0.5, 'id': None}]",
        "invoice.month": "202610",
    }
    write_csv(folder / "a.csv", [flat])
    world.land()
    assert one(world, "service_description, labels, project_labels, credits[1].amount") == (
        "Compute Engine",
        {"env": "prod"},
        {"team": "web"},
        Decimal("-0.5"),
    )


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\0")), max_size=3
    )
)
@example(["O'Brien", 'a "b"', 'O\'Brien "x"', "\\'", "tab\tand\xa0more", "None"])
def test_a_list_that_python_printed_is_read_as_it_was(names: list[str]) -> None:
    printed = repr([{"name": name, "amount": -1.5, "id": None} for name in names])
    credit_list = next(column for column in GCP_BILLING.columns if column.name == "credits")
    query = f"select {value_sql(credit_list, '$1', 'VARCHAR')}"
    with duckdb.connect() as connection:
        ((read,),) = connection.execute(query, [printed]).fetchall()
    assert [(credit["name"], credit["amount"], credit["id"]) for credit in read] == [
        (name or None, Decimal("-1.5"), None) for name in names
    ]


def test_the_delivered_cost_is_the_cost_with_its_credits_to_the_last_digit(world: World, folder: Path) -> None:
    amounts = [CREDIT | {"amount": -0.1234567891234}, CREDIT | {"amount": -1e-10}]
    gcp.write_parquet(folder / "a.parquet", [gcp.line(cost=0.1 + 0.2, credits=amounts), gcp.line(cost=2.5)])
    world.land()
    (cost,) = world.ledger().deliveries[0].costs
    assert cost.delivered_cost == Decimal("0.30000000000000004") - Decimal("0.1234567892234") + Decimal("2.5")
    assert (cost.raw_cost, cost.amount_count) == (Decimal("2.676543211"), 4)
    total = "sum(cost + coalesce(list_sum(list_transform(credits, lambda credit: credit.amount)), 0))"
    assert world.query(f"select {total} from finops_raw.gcp_billing") == [(cost.raw_cost,)]


def test_amounts_written_as_text_are_as_exact(world: World, folder: Path) -> None:
    gcp.write_json(
        folder / "a.json.gz", [gcp.line(credits=[{"amount": "-0.046868", "type": "FEE_UTILIZATION_OFFSET"}])]
    )
    world.land()
    assert world.ledger().deliveries[0].costs[0].delivered_cost == Decimal("1.203132")


def test_of_a_label_that_is_there_twice_the_first_counts(world: World, folder: Path) -> None:
    twice = [{"key": "team", "value": "web"}, {"key": "team", "value": "data"}, {"key": None, "value": "x"}]
    gcp.write_parquet(folder / "a.parquet", [gcp.line(labels=twice)])
    gcp.write_json(folder / "b.json.gz", [gcp.line(labels=twice[:2], cost=2)])
    world.land()
    assert world.query("select distinct labels from finops_raw.gcp_billing") == [({"team": "web"},)]


def test_missing_groups_and_subfields_are_nulls(world: World, folder: Path) -> None:
    gcp.write_json(folder / "a.json.gz", [gcp.line(project=None, location={"country": "US"})])
    types = {name: kind for name, kind in gcp.TYPES.items() if name not in ("project", "location")}
    gcp.write_parquet(folder / "b.parquet", [gcp.line(cost=3)], types | {"usage": "struct(amount double)"})
    world.land()
    rows = world.query("select distinct project_id, location_region, usage_unit is null from finops_raw.gcp_billing")
    assert sorted(rows, key=str) == [(None, None, False), (None, None, True)]


def test_a_field_that_only_a_late_line_has_is_not_lost(world: World, folder: Path) -> None:
    lines = [gcp.line(cost=number, note="x" * 2000) for number in range(2500)]  # more than is looked at for names
    late = gcp.line(cost=0.5, adjustment_info={"type": "SLA_VIOLATION"})
    gcp.write_json(folder / "a.json.gz", [*lines, late])
    world.land()
    query = "select adjustment_info_type, count(*) from finops_raw.gcp_billing group by all order by all"
    assert world.query(query) == [("SLA_VIOLATION", 1), (None, 2500)]


def test_lists_that_a_writer_left_unmarked_are_lists(world: World, folder: Path) -> None:
    wrapped = {"list": [{"element": {"key": "env", "value": "prod"}}]}
    kind = 'struct(list struct(element struct("key" varchar, "value" varchar))[])'
    gcp.write_parquet(folder / "a.parquet", [gcp.line(labels=wrapped)], gcp.TYPES | {"labels": kind})
    world.land()
    assert one(world, "labels") == ({"env": "prod"},)


@pytest.mark.parametrize("month", ["202611", "2026-11", "2026-11-01"])
def test_a_month_is_written_in_several_ways(world: World, folder: Path, month: str) -> None:
    gcp.write_json(folder / "a.jsonl", [gcp.line(invoice={"month": month})])
    gcp.write_parquet(folder / "b.parquet", [gcp.line(invoice={"month": month}, cost=2)])
    world.land()
    assert world.query("select distinct invoice_month, billing_month from finops_raw.gcp_billing") == [
        (dt.date(2026, 11, 1), dt.date(2026, 11, 1))
    ]


def test_the_invoice_month_counts_and_not_the_month_of_use(world: World, folder: Path) -> None:
    late = gcp.line(usage_start_time="2026-10-31 23:00:00 UTC", invoice={"month": "202611"}, cost=7)
    gcp.write_json(folder / "a.json.gz", [gcp.line(), late])
    result = world.land()
    assert sorted(outcome.billing_month for outcome in result.new) == [OCTOBER, NOVEMBER]
    assert world.query("select billing_month, cost from finops_raw.gcp_billing where cost = 7") == [(NOVEMBER, 7)]


def test_the_preview_of_focus_keeps_labels_as_tags_and_what_tells_commitments(world: World) -> None:
    line = {
        "BilledCost": 1.5,
        "EffectiveCost": 1.5,
        "BillingAccountId": "01",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-10-01 07:00:00 UTC",
        "ChargePeriodStart": "2026-10-03 07:00:00 UTC",
        "ChargeCategory": "Usage",
        "ProviderName": "Google Cloud",
        "x_Labels": [{"Key": "team", "Value": "web"}],
        "x_Credits": [{"Type": "FEE_UTILIZATION_OFFSET", "Amount": -1}],
        "x_Project": {"Id": "shop"},
        "x_SubscriptionInstanceId": "subscriptions/1",
    }
    nested = {"x_Labels": "struct(Key varchar, Value varchar)[]", "x_Project": "struct(Id varchar)"}
    nested["x_Credits"] = 'struct("Type" varchar, Amount double)[]'
    nested |= dict.fromkeys(("BillingPeriodStart", "ChargePeriodStart"), "timestamptz")
    nested |= dict.fromkeys(("BilledCost", "EffectiveCost"), "double")
    gcp.write_parquet(world.source("focus") / "a.parquet", [line], {name: nested.get(name, "varchar") for name in line})
    world.land()
    (row,) = world.query("select Tags, x_provider_columns from finops_raw.focus")
    assert row[0] == {"team": "web"}
    assert (row[1]["x_SubscriptionInstanceId"], row[1]["x_Project"]) == ("subscriptions/1", '{"Id":"shop"}')
    assert "FEE_UTILIZATION_OFFSET" in row[1]["x_Credits"]


# --- what can be wrong ------------------------------------------------------------------------------------------------


def test_a_truncated_gzip_is_refused(world: World, folder: Path) -> None:
    whole = gzip.compress(gcp.json_text([gcp.line(cost=number / 7) for number in range(5000)]))
    (folder / "a.json.gz").write_bytes(whole[: len(whole) // 2])
    assert "'a.json.gz' is cut off or damaged" in reason(world)


def test_a_line_that_is_no_json_is_named(world: World, folder: Path) -> None:
    good = gcp.json_text([gcp.line()])
    (folder / "a.jsonl").write_bytes(good + good[:-20] + b"\n" + good)
    assert "in file 'a.jsonl', line 2 is not valid JSON" in reason(world)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]\n", "line 1 is not a JSON object"),
        (b"\n\n", "there is no line that is a JSON object"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (gcp.json_text([gcp.line()]).replace(b'"cost":', b'"cost": 9, "cost":'), "line 1 has the key 'cost' twice"),
    ],
)
def test_what_is_no_json_lines_says_so(world: World, folder: Path, content: bytes, words: str) -> None:
    (folder / "a.jsonl").write_bytes(content)
    assert words in reason(world)


def test_the_cost_is_named_where_it_is_no_number_and_credits_are_none(world: World, folder: Path) -> None:
    write_avro(folder / "a.avro", [AVRO_LINE, AVRO_LINE | {"cost": float("nan")}], "null")
    assert "row 2, column 'cost' has the value 'nan', which is not a number" in reason(world)


def test_bad_utf8_is_named_by_its_line(world: World, folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(
        gcp.json_text([gcp.line(), gcp.line(cost=2)]) + b'{"cost": 1, "currency": "\xe9"}\n'
    )
    assert "not UTF-8" in reason(world)


def test_an_empty_file_is_refused(world: World, folder: Path) -> None:
    (folder / "a.json.gz").write_bytes(b"")
    assert "is empty (0 bytes)" in reason(world)


@pytest.mark.parametrize(("field", "column"), [("cost", "cost"), ("credits", "credits"), ("invoice", "invoice_month")])
@pytest.mark.parametrize("suffix", ["parquet", "json.gz"])
def test_a_renamed_field_is_not_taken_for_nothing(
    world: World, folder: Path, field: str, column: str, suffix: str
) -> None:
    renamed = {(f"{name}_new" if name == field else name): value for name, value in gcp.line().items()}
    types = {(f"{name}_new" if name == field else name): kind for name, kind in gcp.TYPES.items()}
    if suffix == "parquet":
        gcp.write_parquet(folder / "a.parquet", [renamed], types)
    else:
        gcp.write_json(folder / "a.json.gz", [renamed])
    assert f"lacks the column {column}" in reason(world)


def test_a_credit_that_is_no_number_is_not_taken_for_nothing(world: World, folder: Path) -> None:
    bad = [{"amount": "-1,5", "type": "PROMOTION"}]
    gcp.write_json(folder / "a.json.gz", [gcp.line(), gcp.line(credits=bad)])
    assert "line 2, column 'credits'" in reason(world)


def test_a_credit_of_text_in_parquet_that_is_no_number_is_refused(world: World, folder: Path) -> None:
    kind = gcp.TYPES["credits"].replace("double", "varchar")
    gcp.write_parquet(
        folder / "a.parquet", [gcp.line(credits=[CREDIT | {"amount": "x"}])], gcp.TYPES | {"credits": kind}
    )
    assert "row 1, column 'credits'" in reason(world)


def test_a_group_that_is_no_group_is_named(world: World, folder: Path) -> None:
    gcp.write_json(folder / "a.json.gz", [gcp.line(), gcp.line(service="Compute")])
    assert "line 2: 'service' is not an object" in reason(world)


@pytest.mark.parametrize("cut", [40, 400])
def test_a_truncated_avro_file_is_refused(world: World, folder: Path, cut: int) -> None:
    path = write_avro(folder / "a.avro", [AVRO_LINE] * 500, "deflate")
    path.write_bytes(path.read_bytes()[: -cut if cut == 40 else cut])
    assert "the Avro file 'a.avro' is cut off or damaged" in reason(world)


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_per_month_is_a_delivery_per_month(world: World, folder: Path) -> None:
    november = gcp.line(invoice={"month": "202611"})
    gcp.write_parquet(folder / "invoice_month=202610" / "000000000000.parquet", [gcp.line()])
    gcp.write_parquet(folder / "invoice_month=2026-11" / "000000000000.parquet", [november])
    assert len(world.land().new) == 2
    gcp.write_parquet(
        folder / "invoice_month=2026-11" / "000000000000.parquet", [november, gcp.line(cost=2) | november]
    )
    assert [outcome.billing_month for outcome in world.land().new] == [NOVEMBER]


def test_a_file_outside_the_folders_of_months_replaces_no_month(world: World, folder: Path) -> None:
    gcp.write_parquet(folder / "invoice_month=202610" / "000.parquet", [gcp.line(), gcp.line(cost=2)])
    gcp.write_parquet(folder / "late" / "extra.parquet", [gcp.line(cost=4)])
    result = world.land()
    assert "'late/extra.parquet' lies beside folders of months" in result.rejected[0].message
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal("3.25"),)]


def test_a_line_in_the_folder_of_another_month_is_refused(world: World, folder: Path) -> None:
    gcp.write_parquet(folder / "invoice_month=202611" / "0.parquet", [gcp.line()])
    assert "lies in the folder of 2026-11" in reason(world)


@pytest.mark.parametrize("name", ["snapshot={}", "{}"])
def test_of_whole_copies_the_newest_counts(world: World, folder: Path, name: str) -> None:
    gcp.write_parquet(folder / name.format("2026-10-05") / "0.parquet", [gcp.line(), gcp.line(cost=2)])
    gcp.write_parquet(folder / name.format("2026-10-04") / "0.parquet", [gcp.line()])
    world.land()
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal("3.25"),)]
    gcp.write_parquet(
        folder / name.format("2026-10-06") / "0.parquet", [gcp.line(), gcp.line(cost=2), gcp.line(cost=4)]
    )
    world.land()
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal("7.25"),)]
    assert world.land().new == []


def test_a_copy_with_fewer_lines_than_the_one_before_is_told(world: World, folder: Path) -> None:
    """Google only adds lines to a month, so that the table, or this copy of it, has lost some."""
    lines = [gcp.line(cost=number) for number in range(1, 11)]
    gcp.write_parquet(folder / "snapshot=2026-10-05" / "0.parquet", lines)
    assert world.land().warnings == []
    gcp.write_parquet(folder / "snapshot=2026-10-06" / "0.parquet", lines[:-1])
    (told,) = world.land().warnings
    assert "Source" in told
    assert "2026-10 has 9 lines where the delivery before had 10 (55.00 USD before, 45.00 now)" in told
    assert world.query("select message from finops_raw.deliveries order by sequence") == [(None,), (told,)]
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal(45),)]
    gcp.write_parquet(folder / "snapshot=2026-10-07" / "0.parquet", [*lines, gcp.line(cost=11)])
    assert world.land().warnings == []


def test_a_month_that_is_not_in_the_newest_copy_is_told(world: World, folder: Path) -> None:
    november = gcp.line(invoice={"month": "202611"}, cost=2)
    gcp.write_parquet(folder / "snapshot=2026-11-05" / "0.parquet", [gcp.line(), november])
    world.land()
    gcp.write_parquet(folder / "snapshot=2026-11-06" / "0.parquet", [november])
    (told,) = world.land().warnings
    assert "has no line of 2026-10 any more" in told
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal("3.25"),)]


def test_what_was_added_by_day_adds_up(world: World, folder: Path) -> None:
    gcp.write_parquet(folder / "export_date=2026-10-05" / "0.parquet", [gcp.line()])
    gcp.write_parquet(folder / "export_date=2026-10-06" / "0.parquet", [gcp.line(cost=2)])
    world.land()
    assert world.query("select sum(cost) from finops_raw.gcp_billing") == [(Decimal("3.25"),)]


def test_a_partition_exported_again_under_another_name_does_not_count_twice(world: World, folder: Path) -> None:
    lines = [gcp.line(cost=number / 8) for number in range(1, 40)]
    gcp.write_parquet(folder / "first-000000000000.parquet", lines)
    gcp.write_json(folder / "again-000000000000.json.gz", lines[:-2])
    message = reason(world)
    assert "look like two refreshes of one bill" in message


def test_a_shard_that_an_earlier_export_left_behind_does_not_count_twice(world: World, folder: Path) -> None:
    """BigQuery writes over files of the same name; of an earlier export with more files, the last ones stay."""
    month = folder / "invoice_month=202610"
    lines = [gcp.line(cost=number / 8) for number in range(1, 61)]
    gcp.write_parquet(month / "000000000000.parquet", lines[::2])
    gcp.write_parquet(month / "000000000001.parquet", lines[1::2])
    gcp.write_parquet(month / "000000000002.parquet", lines[20:40])
    message = reason(world)
    assert "'invoice_month=202610/000000000002.parquet'" in message
    assert "100 % of its lines are in the other files too" in message


def detailed(number: int, **changes: object) -> dict[str, object]:
    """Give a line of the detailed export, of one of several machines."""
    return gcp.line(cost=number, resource={"name": f"vm-{number}", "global_name": f"//compute/vm-{number}"}, **changes)


@pytest.mark.parametrize("lines", [[gcp.line(cost=55)], [gcp.line(cost=number) for number in range(1, 11)]])
def test_the_standard_and_the_detailed_export_in_one_folder_are_refused(
    world: World, folder: Path, lines: list[dict[str, object]]
) -> None:
    month = folder / "invoice_month=202610"
    gcp.write_json(month / "gcp_billing_export_resource_v1_X-0.json.gz", [detailed(n) for n in range(1, 11)])
    gcp.write_json(month / "gcp_billing_export_v1_X-0.json.gz", lines)
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert "v1_X-0.json.gz' is of an export without resource_name and resource_global_name" in told
    assert "100 % of the charges by day are in both" in told
    assert "Keep the files of one of the two exports in this folder" in told


@pytest.mark.parametrize(
    "other",
    [
        {"sku": {"id": "TAX", "description": "Tax"}},  # JSON leaves out the resource where there is none
        {"billing_account_id": "another"},  # which has the standard export alone
        {"usage_start_time": "2026-10-02 07:00:00 UTC"},
    ],
)
def test_files_without_a_resource_may_stand_beside_those_with_one(
    world: World, folder: Path, other: dict[str, object]
) -> None:
    month = folder / "invoice_month=202610"
    gcp.write_json(month / "0.json", [detailed(1), gcp.line(cost=3, sku={"id": "TAX", "description": "Tax"})])
    gcp.write_json(month / "1.json", [gcp.line(cost=2, **other)])
    assert not world.land().rejected
