"""The raw relations: exactly the current lines, in the canonical schema, and no more files opened than needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orchestration.formats import FORMATS

from .world import CUR2_LINE, CUR2_TYPES, FOCUS_LINE, World, data_export, write_csv, write_parquet

NET = {**CUR2_LINE, "line_item_net_unblended_cost": 0.2}
DISCOUNT = {**CUR2_LINE, "line_item_line_item_type": "EdpDiscount", "line_item_unblended_cost": -0.05}


@pytest.mark.parametrize("name", list(FORMATS))
def test_without_a_delivery_a_relation_has_all_columns_and_no_line(world: World, name: str) -> None:
    world.source("focus")
    with world.raw() as connection:
        columns = {row[0]: row[1] for row in connection.execute(f"describe finops_raw.{name}").fetchall()}
        assert connection.execute(f"select count(*) from finops_raw.{name}").fetchone() == (0,)
    kinds = {"text": "VARCHAR", "timestamp": "TIMESTAMP", "map": "MAP(VARCHAR, VARCHAR)", "month": "DATE"}
    kinds["list"] = 'STRUCT("name" VARCHAR, amount DECIMAL(38,9), full_name VARCHAR, id VARCHAR, "type" VARCHAR)[]'
    expected = {column.name: kinds.get(column.kind, "DECIMAL(38,9)") for column in FORMATS[name].columns}
    expected |= {
        "source_name": "VARCHAR",
        "billing_month": "DATE",
        "delivery_id": "VARCHAR",
        "discount_mode": "VARCHAR",
        "dataset": "VARCHAR",
    }
    assert columns == expected


def test_columns_and_types_are_the_same_with_and_without_deliveries(world: World) -> None:
    world.source("aws_cur2")
    with world.raw() as connection:
        empty = connection.execute("describe finops_raw.aws_cur2").fetchall()
    data_export(world.source("aws_cur2"), [CUR2_LINE])
    world.land()
    with world.raw() as connection:
        assert connection.execute("describe finops_raw.aws_cur2").fetchall() == empty


def test_a_month_or_source_asked_for_opens_only_its_files_and_columns(world: World) -> None:
    for name in ("aws_a", "aws_b"):
        root = world.source("aws_cur2", name)
        for month in ("2026-07", "2026-08"):
            line = {**CUR2_LINE, "bill_billing_period_start_date": f"{month}-01 00:00:00"}
            data_export(root, [{**line, "line_item_resource_id": name}], month=month)
    world.land()

    def plan(where: str) -> str:
        with world.raw() as connection:
            sql = f"explain select sum(line_item_unblended_cost) from finops_raw.aws_cur2 where {where}"
            return connection.execute(sql).fetchall()[0][1]

    def scans(text: str) -> int:
        return text.upper().count("READ_PARQUET")

    assert scans(plan("true")) == 4
    assert scans(plan("billing_month = date '2026-08-01'")) == 2
    assert scans(plan("billing_month in (date '2026-08-01') and source_name = 'aws_a'")) == 1
    assert "line_item_operation" not in plan("true")


def test_a_file_with_several_months_is_read_for_the_months_that_count(world: World) -> None:
    july, types = "2026-07-01T00:00:00Z", {"BilledCost": "double"}
    root = world.source("focus")
    first = [{**FOCUS_LINE, "BillingPeriodStart": july, "BilledCost": 10}, {**FOCUS_LINE, "BilledCost": 1}]
    write_parquet(root / "bill.parquet", first, types)
    world.land()
    write_parquet(root / "bill.parquet", [{**FOCUS_LINE, "BilledCost": 5}], types)
    world.land()
    rows = world.query("select billing_month, BilledCost, delivery_id from finops_raw.focus order by 1")
    assert [row[:2] for row in rows] == [(date(2026, 7, 1), Decimal(10)), (date(2026, 8, 1), Decimal(5))]
    assert rows[0][2] != rows[1][2]


def test_empty_text_in_parquet_is_null(world: World) -> None:
    data_export(world.source("aws_cur2"), [{**CUR2_LINE, "line_item_resource_id": ""}])
    world.land()
    assert world.query("select line_item_resource_id from finops_raw.aws_cur2") == [(None,)]


def test_a_number_that_is_none_in_a_side_column_is_null_and_stops_nothing(world: World) -> None:
    data_export(world.source("aws_cur2"), [{**CUR2_LINE, "discount_total_discount": float("nan")}])
    assert not world.land().rejected
    assert world.query("select discount_total_discount from finops_raw.aws_cur2") == [(None,)]


@pytest.mark.parametrize(
    ("lines", "mode", "cost"),
    [
        ([CUR2_LINE], "gross", "0.25"),
        ([{**NET, "line_item_net_unblended_cost": None, "discount_total_discount": None}], "gross", "0.25"),
        ([{**CUR2_LINE, "line_item_line_item_type": "EdpDiscount"}], "gross", "0.25"),
        ([NET], "net_effective", "0.25"),
        ([{**NET, "discount_total_discount": 0.05}], "net", "0.2"),
        (
            [
                {**NET, "discount_total_discount": 0.0},
                {**DISCOUNT, "discount_total_discount": 0.0},
            ],
            "net_effective",
            "0.2",
        ),
        ([NET, {**DISCOUNT, "line_item_unblended_cost": -0.06}], "net_effective", "0.19"),
        ([{**NET, "discount_total_discount": 0.05}, CUR2_LINE], "net", "0.45"),
        ([NET, {**CUR2_LINE, "line_item_unblended_cost": 0.0}], "net_effective", "0.25"),
    ],
)
def test_the_discount_mode_follows_from_the_lines(
    world: World, lines: list[dict[str, object]], mode: str, cost: str
) -> None:
    data_export(world.source("aws_cur2"), lines)
    assert not world.land().rejected
    assert set(world.query("select discount_mode from finops_raw.aws_cur2")) == {(mode,)}
    ledger = world.query("""
        select discount_mode, delivered_cost
        from finops_raw.deliveries join finops_raw.delivery_costs using (delivery_id)
    """)
    assert ledger == [(mode, Decimal(cost))]


@pytest.mark.parametrize(
    ("lines", "cost", "words"),
    [
        ([NET, CUR2_LINE, CUR2_LINE], "0.75", "only 1 of 3 lines with a cost have a net cost"),
        ([{**NET, "discount_total_discount": 0.05}, CUR2_LINE, CUR2_LINE], "0.75", "only 1 of 3 lines"),
        (
            [NET, *[CUR2_LINE] * 3, {**DISCOUNT, "line_item_unblended_cost": -0.2}],
            "0.8",
            "net costs come to 0.95 USD, but costs with the discount lines of -0.20 USD to 0.80 USD",
        ),
    ],
)
def test_single_net_values_are_not_used_and_the_delivery_says_so(
    world: World, lines: list[dict[str, object]], cost: str, words: str
) -> None:
    names = {name: None for line in lines for name in line}
    data_export(world.source("aws_cur2"), [{**names, **line} for line in lines])
    assert not world.land().rejected
    ((mode, message, delivered),) = world.query("""
        select discount_mode, message, delivered_cost
        from finops_raw.deliveries join finops_raw.delivery_costs using (delivery_id)
    """)
    assert (mode, delivered) == ("gross", Decimal(cost))
    assert "is not used for payer 012345678901 (discount mode gross)" in message
    assert words in message


def test_payers_of_one_delivery_may_differ_in_discount_mode(world: World) -> None:
    net = {**NET, "discount_total_discount": 0.05, "bill_payer_account_id": "2"}
    gross = {**net, "line_item_net_unblended_cost": None, "bill_payer_account_id": "1"}
    data_export(world.source("aws_cur2"), [gross, net])
    world.land()
    rows = world.query("select bill_payer_account_id, discount_mode from finops_raw.aws_cur2 order by 1")
    assert rows == [("1", "gross"), ("2", "net")]
    rows = world.query("select discount_mode, delivered_cost from finops_raw.deliveries, finops_raw.delivery_costs")
    assert rows == [("mixed", Decimal("0.45"))]


def test_rates_are_kept_as_text_and_read_as_numbers(world: World) -> None:
    line = {**CUR2_LINE, "line_item_unblended_rate": "0.0000002", "reservation_total_reserved_units": "None"}
    write_parquet(world.source("aws_cur2", "parquet") / "bill.parquet", [line], CUR2_TYPES)
    write_csv(world.source("aws_cur2", "text") / "bill.csv", [line])
    world.land()
    rows = world.query("""
        select line_item_unblended_rate, reservation_total_reserved_units from finops_raw.aws_cur2
    """)
    assert rows == [(Decimal("0.0000002"), None)] * 2


def test_names_with_quotes_and_brackets_in_the_path_do_no_harm(tmp_path: object) -> None:
    world = World(tmp_path / "it's [my] home=1 *?")
    write_csv(world.source("focus") / "bill's [1].csv", [FOCUS_LINE])
    assert not world.land().rejected
    assert world.query("select count(*) from finops_raw.focus") == [(1,)]
