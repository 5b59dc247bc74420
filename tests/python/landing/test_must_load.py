"""What real exports hold and must load as it is: nothing dropped, nothing added up that does not belong together."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from .world import (
    AUGUST,
    CUR2_LINE,
    CUR2_TYPES,
    FOCUS_LINE,
    LEGACY_LINE,
    World,
    csv_text,
    data_export,
    write_csv,
    write_parquet,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = 'He said "50 % off", <b>now</b>; DROP TABLE x; --\nsecond line \N{GRINNING FACE} é'


@pytest.fixture
def toronto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a time zone that is not UTC."""
    monkeypatch.setenv("TZ", "America/Toronto")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_currencies_are_kept_apart(world: World) -> None:
    lines = [FOCUS_LINE, {**FOCUS_LINE, "BillingCurrency": "EUR", "BilledCost": "7"}]
    write_csv(world.source("focus") / "bill.csv", lines)
    world.land()
    costs = world.query("select billing_currency, delivered_cost from finops_raw.delivery_costs order by all")
    assert costs == [("EUR", Decimal(7)), ("USD", Decimal("1.5"))]


def test_odd_text_in_names_and_tags_comes_through(world: World) -> None:
    tags = '{"owner": "' + ODD.replace('"', '\\"').replace("\n", "\\n") + '"}'
    write_csv(world.source("focus") / "bill.csv.gz", [{**FOCUS_LINE, "ServiceName": ODD, "Tags": tags}])
    assert not world.land().rejected
    assert world.query("select ServiceName, Tags['owner'] from finops_raw.focus") == [(ODD, ODD)]


def test_a_byte_order_mark_and_all_words_for_null_are_read(world: World) -> None:
    words = ["NULL", "(null)", "None", "null", ""]
    lines = [{**FOCUS_LINE, "ResourceId": word, "EffectiveCost": word, "Tags": word} for word in words]
    (world.source("focus") / "bill.csv").write_bytes(b"\xef\xbb\xbf" + csv_text(lines).encode())
    assert not world.land().rejected
    counts = "count(*), count(ResourceId), count(EffectiveCost), count(Tags), count(BillingAccountId)"
    assert world.query(f"select {counts} from finops_raw.focus") == [(5, 0, 0, 0, 5)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_line_ends_and_a_missing_last_one_are_read(world: World, end: str) -> None:
    header, line, *_ = csv_text([FOCUS_LINE]).split("\n")
    (world.source("focus") / "bill.csv").write_bytes(end.join([header, line, "", line]).encode())
    assert not world.land().rejected
    assert world.query("select count(*), sum(BilledCost) from finops_raw.focus") == [(2, Decimal(3))]


def test_tiny_numbers_are_summed_exactly(world: World) -> None:
    lines = [{**FOCUS_LINE, "BilledCost": text, "ResourceId": text} for text in ("1e-9", "5.2E-9", "4.0E-10")]
    write_csv(world.source("focus") / "bill.csv", lines)
    world.land()
    costs = world.query("select delivered_cost, raw_cost from finops_raw.delivery_costs")
    assert costs == [(Decimal("0.0000000066"), Decimal("0.000000006"))]


def test_identical_lines_are_counted_with_their_cost_and_kept(world: World) -> None:
    lines = [CUR2_LINE, CUR2_LINE, CUR2_LINE, {**CUR2_LINE, "line_item_unblended_cost": 9.0}]
    data_export(world.source("aws_cur2"), lines)
    delivery = world.land().new[0].delivery
    assert (delivery.row_count, delivery.duplicate_row_count, delivery.duplicate_cost) == (4, 2, Decimal("0.5"))
    assert "2 lines repeat another line in every column (cost 0.500000000 USD)" in delivery.warnings[0]
    assert world.query("select count(*) from finops_raw.aws_cur2") == [(4,)]


def test_identical_lines_across_files_of_one_delivery_are_counted(world: World) -> None:
    root = world.source("focus")
    lines = [{**FOCUS_LINE, "ResourceId": f"vm-{number}"} for number in range(10)]
    write_csv(root / "a.csv", [FOCUS_LINE, *lines[:5]])
    write_csv(root / "b.csv", [FOCUS_LINE, *lines[5:]])
    delivery = world.land().new[0].delivery
    assert (delivery.row_count, delivery.duplicate_row_count) == (12, 2)


def test_the_cost_of_identical_lines_in_two_currencies_is_not_added(world: World) -> None:
    euro = {**FOCUS_LINE, "BillingCurrency": "EUR"}
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE, FOCUS_LINE, euro, euro])
    delivery = world.land().new[0].delivery
    assert delivery.duplicate_costs == {"EUR": Decimal("1.5"), "USD": Decimal("1.5")}
    assert delivery.duplicate_cost is None


def test_aws_line_ids_that_repeat_over_time_mean_nothing(world: World) -> None:
    later = {**CUR2_LINE, "identity_time_interval": "2026-08-03T01:00:00Z/2026-08-03T02:00:00Z"}
    data_export(world.source("aws_cur2"), [CUR2_LINE, later])
    assert world.land().new[0].delivery.duplicate_row_count == 0


def test_an_account_without_any_commitment_column_loads_with_typed_nulls(world: World) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE])
    delivery = world.land().new[0].delivery
    assert "savings_plan_savings_plan_a_r_n" in delivery.missing_columns
    row = world.query("""
        select typeof(savings_plan_used_commitment), typeof(resource_tags), savings_plan_used_commitment, resource_tags
        from finops_raw.aws_cur2
    """)
    assert row == [("DECIMAL(38,9)", "MAP(VARCHAR, VARCHAR)", None, None)]


def test_columns_that_come_and_go_are_survived_and_reported(world: World) -> None:
    root = world.source("aws_cur2")
    later = {**CUR2_LINE, "line_item_unblended_cost": 2.0, "brand_new_column": "x"}
    first = data_export(root, [CUR2_LINE])
    write_parquet(
        first.with_name("export-00002.snappy.parquet"), [later], {"line_item_unblended_cost": "decimal(20, 4)"}
    )
    prefix = "s3://b/data/BILLING_PERIOD=2026-08/export-0000"
    data_export(root, [CUR2_LINE], files=[f"{prefix}1.snappy.parquet", f"{prefix}2.snappy.parquet"])
    delivery = world.land().new[0].delivery
    assert delivery.unknown_columns == ["brand_new_column"]
    assert world.query("select count(*), sum(line_item_unblended_cost) from finops_raw.aws_cur2") == [
        (2, Decimal("2.25"))
    ]


def test_a_header_alone_is_an_empty_month_where_the_layout_names_it(world: World) -> None:
    path = data_export(world.source("aws_cur2"), [CUR2_LINE], suffix=".csv.gz")
    path.unlink()
    data_export(world.source("aws_cur2"), [CUR2_LINE], suffix=".csv")
    (path.parent / "export-00001.csv").write_text(",".join(CUR2_LINE) + "\n")
    delivery = world.land().new[0].delivery
    assert (delivery.row_count, delivery.costs) == (0, [])
    assert world.query("select count(*) from finops_raw.aws_cur2") == [(0,)]


def test_empty_chunks_beside_full_ones_are_normal(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "full.csv", [FOCUS_LINE])
    for name in ("empty1.csv", "empty2.csv"):
        (root / name).write_text(",".join(FOCUS_LINE) + "\n")
    assert world.land().new[0].delivery.row_count == 1


def test_legacy_names_find_their_place(world: World) -> None:
    line = {**LEGACY_LINE, "savingsPlan/SavingsPlanArn": "arn:sp", "costCategory/Cost Center": "7"}
    line |= {"product/instanceType": "m5.large", "resourceTags/aws:createdBy": "", "resourceTags/user:team": "x"}
    write_csv(world.source("aws_cur_legacy") / "bill.csv.gz", [line])
    assert not world.land().rejected
    rows = world.query("""
        select bill_payer_account_id, savings_plan_savings_plan_a_r_n, product_instance_type, product, resource_tags,
            cost_category
        from finops_raw.aws_cur_legacy
    """)
    product = {"product_name": "Amazon Elastic Compute Cloud", "instance_type": "m5.large"}
    tags = {"user:Team": "search", "user:team": "x"}
    assert rows == [("012345678901", "arn:sp", "m5.large", product, tags, {"Cost Center": "7"})]


def test_a_legacy_report_written_by_athena_gives_the_same_maps(world: World) -> None:
    line = {**CUR2_LINE, "product_product_name": "EC2", "product_instance_type": "m5", "resource_tags_user_team": "s"}
    write_parquet(world.source("aws_cur_legacy") / "year=2026/month=8/bill.parquet", [line])
    assert not world.land().rejected
    rows = world.query("select product, product_product_name, resource_tags from finops_raw.aws_cur_legacy")
    assert rows == [({"product_name": "EC2", "instance_type": "m5"}, "EC2", {"user_team": "s"})]


def test_maps_of_cur2_are_read_from_parquet_and_from_json_text(world: World) -> None:
    tags = {"user_team": "search"}
    data_export(world.source("aws_cur2", "parquet"), [{**CUR2_LINE, "resource_tags": tags}])
    line = {**CUR2_LINE, "resource_tags": '{"user_team": "search"}', "discount": '{"total": 1.5}'}
    data_export(world.source("aws_cur2", "text"), [line], suffix=".csv.gz")
    assert not world.land().rejected
    rows = world.query("select resource_tags, discount from finops_raw.aws_cur2 order by source_name")
    assert rows == [(tags, None), (tags, {"total": "1.5"})]


def test_tags_that_are_no_json_are_kept_as_they_are(world: World) -> None:
    write_csv(world.source("focus") / "bill.csv", [{**FOCUS_LINE, "Tags": "team=search"}])
    assert not world.land().rejected
    assert world.query("select Tags from finops_raw.focus") == [({"_unparsed": "team=search"},)]


@pytest.mark.usefixtures("toronto")
def test_times_are_naive_utc_wherever_the_machine_stands(world: World) -> None:
    write_csv(
        world.source("focus", "text") / "bill.csv", [{**FOCUS_LINE, "ChargePeriodStart": "2026-08-01T02:00:00+02:00"}]
    )
    types = {"BillingPeriodStart": "timestamptz", "ChargePeriodStart": "timestamptz", "ChargePeriodEnd": "date"}
    line = {**FOCUS_LINE, "ChargePeriodStart": AUGUST, "ChargePeriodEnd": "2026-08-02"}
    write_parquet(world.source("focus", "zoned") / "bill.parquet", [line], types)
    write_parquet(world.source("focus", "plain") / "bill.parquet", [{**line, "ChargePeriodStart": "2026-08-01"}], {})
    assert not world.land().rejected
    rows = world.query("""
        select source_name, cast(billing_month as varchar), cast(ChargePeriodStart as varchar),
            typeof(ChargePeriodStart), cast(BillingPeriodStart as varchar)
        from finops_raw.focus order by source_name
    """)
    expected = ("2026-08-01", "2026-08-01 00:00:00", "TIMESTAMP", "2026-08-01 00:00:00")
    assert rows == [(name, *expected) for name in ("plain", "text", "zoned")]


def test_a_column_may_have_another_type_in_every_file(world: World) -> None:
    root = world.source("focus")
    line = {**FOCUS_LINE, "ListUnitPrice": "0.5"}
    write_parquet(root / "a.parquet", [line], {"ListUnitPrice": "double", "BilledCost": "double"})
    write_parquet(root / "b.parquet", [{**line, "ResourceId": "vm-2"}], {"BilledCost": "decimal(38, 10)"})
    write_parquet(root / "c.parquet", [{**line, "ResourceId": "vm-3", "BilledCost": 2}], {"BilledCost": "integer"})
    assert not world.land().rejected
    assert world.query("select sum(BilledCost), sum(ListUnitPrice) from finops_raw.focus") == [
        (Decimal(5), Decimal("1.5"))
    ]


def test_product_columns_of_text_and_of_parquet_make_the_same_map(world: World) -> None:
    """Text keeps them as delivered and puts the map together late; the map must not differ for it."""
    line = {**LEGACY_LINE, "product/instanceType": "m5.large", "product/gpuMemory": "", "product/vcpu": "2"}
    write_csv(world.source("aws_cur_legacy", "text") / "bill.csv.gz", [line])
    write_parquet(world.source("aws_cur_legacy", "columns") / "bill.parquet", [line], {})
    world.land()
    rows = world.query("select product, product_instance_type from finops_raw.aws_cur_legacy")
    names = world.query("select distinct product_product_name from finops_raw.aws_cur_legacy")
    assert names == [("Amazon Elastic Compute Cloud",)]
    assert rows[0] == rows[1]
    assert rows[0][0].items() >= {"instance_type": "m5.large", "vcpu": "2"}.items()
    assert (rows[0][1], "gpu_memory" in rows[0][0]) == ("m5.large", False)


def test_a_product_map_of_text_and_of_parquet_is_the_same(world: World) -> None:
    line = {**CUR2_LINE, "product": '{"vcpu": "2", "memory": "8 GiB", "text \\"quoted\\"": "ü"}'}
    write_csv(world.source("aws_cur2", "text") / "bill.csv.gz", [{**line, "resource_tags": "{}"}])
    types = {**CUR2_TYPES, "product": "map(varchar, varchar)"}
    delivered = {**line, "product": {"vcpu": "2", "memory": "8 GiB", 'text "quoted"': "ü"}, "resource_tags": {}}
    write_parquet(world.source("aws_cur2", "columns") / "bill.parquet", [delivered], types)
    world.land()
    rows = world.query("select product from finops_raw.aws_cur2")
    assert rows[0] == rows[1]
    assert len(rows[0][0]) == 3


def test_tags_as_python_prints_them_are_tags(world: World) -> None:
    tags = str({"team": "search", "owner": "O'Hara", "said": '"so"', "none": None})
    write_csv(world.source("focus") / "bill.csv", [{**FOCUS_LINE, "Tags": tags}])
    assert not world.land().rejected
    expected = {"team": "search", "owner": "O'Hara", "said": '"so"', "none": None}
    assert world.query("select Tags from finops_raw.focus") == [(expected,)]


def test_an_account_that_a_spreadsheet_has_rounded_is_told(world: World) -> None:
    write_csv(world.source("focus") / "bill.csv", [{**FOCUS_LINE, "BillingAccountId": "1.23457E+11"}, FOCUS_LINE])
    (warning,) = world.land().warnings
    assert "Source bills: BillingAccountId is '1.23457E+11' in some lines, an id that a spreadsheet" in warning


def test_what_is_not_of_the_kind_of_its_column_is_told_and_unknown(world: World) -> None:
    """Nothing that must be there: its place in a bill is known, and its cost."""
    odd = {"PricingQuantity": "1,234.5", "ChargePeriodEnd": "soon", "ListUnitPrice": True}
    lines = [FOCUS_LINE | dict.fromkeys(odd, "None") | {"ListUnitPrice": None}, FOCUS_LINE | odd]
    write_parquet(world.source("focus") / "bill.parquet", lines, {"ListUnitPrice": "boolean"})
    result = world.land()
    assert not result.rejected
    assert world.query(f"select distinct {', '.join(odd)} from finops_raw.focus") == [(None, None, None)]
    assert len(result.warnings) == len(odd)
    for name, value in odd.items():
        (told,) = [words for words in result.warnings if f"'{name}'" in words]
        assert f"1 value of column '{name}' cannot be read as" in told
        assert f"(the first, in row 2, is '{str(value).replace('True', 'true')}')" in told
    assert set(result.warnings) <= set(result.new[0].delivery.warnings)
