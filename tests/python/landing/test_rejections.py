"""What cannot be taken: one clear sentence that names source, file and what to do, and the last good one stays."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.errors import FinopsError
from orchestration.landing import likeness

from .world import (
    CUR2_LINE,
    FOCUS_LINE,
    LEGACY_LINE,
    World,
    csv_text,
    data_export,
    legacy_report,
    write_csv,
    write_parquet,
)


def rejected(world: World, *words: str) -> str:
    """Land, expect exactly one rejection that holds all words, and nothing in the raw relations."""
    result = world.land()
    assert len(result.rejected) == 1, result
    message = result.rejected[0].message
    for word in ("bills", *words):
        assert word in message, message
    assert "\n" not in message
    assert not result.new
    assert not world.ledger().current()
    assert not list(world.settings.raw_dir.glob("*/*/*.parquet")), "a rejected delivery leaves nothing in raw"
    return message


def test_a_manifest_that_names_a_missing_file_is_rejected(world: World) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE]).unlink()
    rejected(world, "2026-08", "export-00001.snappy.parquet", "is not there", "copy the whole delivery again")


@pytest.mark.parametrize(
    "key",
    [
        "s3://bucket/export/data/BILLING_PERIOD=2026-08/../../../secret.parquet",
        "/etc/passwd",
        "s3://bucket/export/data/BILLING_PERIOD=2026-07/other.parquet",
    ],
)
def test_a_manifest_that_points_outside_its_folder_is_rejected(world: World, key: str) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE], files=[key])
    rejected(world, key, "outside of the folder of its month")


def test_a_link_that_leads_outside_of_the_source_is_rejected(world: World, tmp_path: Path) -> None:
    path = data_export(world.source("aws_cur2"), [CUR2_LINE])
    path.rename(tmp_path / "elsewhere.parquet")
    path.symlink_to(tmp_path / "elsewhere.parquet")
    rejected(world, "outside of the source's folder", "copy the file itself")


def test_a_manifest_that_names_a_file_twice_is_rejected(world: World) -> None:
    key = "s3://bucket/export/data/BILLING_PERIOD=2026-08/export-00001.snappy.parquet"
    data_export(world.source("aws_cur2"), [CUR2_LINE], files=[key, key])
    rejected(world, "twice", key)


def test_a_manifest_that_is_no_json_is_rejected(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, [CUR2_LINE])
    (root / "metadata/BILLING_PERIOD=2026-08/Manifest.json").write_text('{"dataFiles": [')
    rejected(world, "Manifest.json", "cannot be read")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{0},1", "line 3 has 14 values where the header has 13 names"),
        ("0012,USD", "line 3 has 2 values where the header has 13 names"),
        ('"0012{0}', "line 3 has a quote that is never closed"),
        ("x" * 2_000_001 + "{0}", "line 3 is longer than 2000000 bytes, which no charge is"),
    ],
)
def test_a_line_of_csv_that_is_broken_is_named(world: World, line: str, words: str) -> None:
    header, good, _ = csv_text([FOCUS_LINE]).split("\n")
    broken = "\n".join([header, good, line.format(good), good, ""])
    (world.source("focus") / "bill.csv").write_text(broken)
    rejected(world, f"in file 'bill.csv', {words}", "export or copy the file again")


def test_the_same_file_under_two_names_is_rejected(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "a.csv", [FOCUS_LINE])
    write_csv(root / "b.csv", [FOCUS_LINE])
    rejected(world, "a.csv", "b.csv", "same content", "Remove one")


def test_files_that_look_like_refreshes_are_rejected_with_the_choice_explained(world: World) -> None:
    root = world.source("focus")
    lines = [{**FOCUS_LINE, "ResourceId": f"vm-{number}"} for number in range(40)]
    write_csv(root / "until_the_10th.csv", lines[:20])
    write_csv(root / "until_the_20th.csv", lines)
    rejected(world, "until_the_10th.csv", "until_the_20th.csv", "100 %", "Keep only the newer", "manifests", "one file")


def test_many_refreshes_are_recognized_by_the_lines_that_few_of_them_have(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in very many files is left out of the comparison, so that it does not grow with their square."""
    monkeypatch.setattr(likeness, "_MANY_FILES", 3)
    root = world.source("focus")
    lines = [{**FOCUS_LINE, "ResourceId": f"vm-{number}"} for number in range(300)]
    for day in range(1, 9):
        write_csv(root / f"until_{day}.csv", lines[: 30 * day])
    rejected(world, "two refreshes of one bill", "100 %")


def test_refreshes_of_a_report_are_recognized_though_their_line_ids_differ(world: World) -> None:
    root = world.source("aws_cur_legacy")
    lines = [{**LEGACY_LINE, "lineItem/UnblendedCost": f"0.{number:03d}"} for number in range(1, 30)]
    write_csv(root / "first.csv", [{**line, "identity/LineItemId": f"a{n}"} for n, line in enumerate(lines)])
    write_csv(root / "second.csv", [{**line, "identity/LineItemId": f"b{n}"} for n, line in enumerate(lines)])
    rejected(world, "first.csv", "second.csv", "two refreshes of one bill")


def test_truncated_gzip_is_rejected(world: World) -> None:
    path = write_csv(world.source("focus") / "bill.csv.gz", [{**FOCUS_LINE, "ResourceId": str(n)} for n in range(999)])
    path.write_bytes(path.read_bytes()[:-200])
    rejected(world, "bill.csv.gz", "cut off", "copy it again")


def test_truncated_parquet_is_rejected(world: World) -> None:
    path = data_export(world.source("aws_cur2"), [CUR2_LINE])
    path.write_bytes(path.read_bytes()[:-50])
    rejected(world, "export-00001.snappy.parquet", "cut off", "copy it again")


def test_parquet_whose_pages_are_damaged_is_rejected(world: World) -> None:
    path = data_export(world.source("aws_cur2"), [{**CUR2_LINE, "identity_line_item_id": str(n)} for n in range(5000)])
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = b"\0" * (len(content) // 2 - 4)
    path.write_bytes(content)
    rejected(world, "cannot be read")


def test_a_zero_byte_file_is_rejected(world: World) -> None:
    (world.source("focus") / "bill.csv").touch()
    rejected(world, "bill.csv", "0 bytes")


def test_a_file_that_is_neither_csv_nor_parquet_is_rejected(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "part1.csv", [FOCUS_LINE])
    (root / "part2.xlsx").write_bytes(b"PK")
    rejected(world, "part2.xlsx", "neither CSV, JSON lines, Avro nor Parquet", "save it as CSV")


@pytest.mark.parametrize("name", ["bill.csv", "bill.csv.gz", "bill.jsonl"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04...", "is a ZIP archive or a workbook, whatever its name says"),
        (b"PAR1....", "let its name end in .parquet"),
        (b"Obj\x01....", "let its name end in .avro"),
        (csv_text([FOCUS_LINE]).encode("utf-16-le"), "is UTF-16; save it as UTF-8"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_named_for_what_it_is(
    world: World, name: str, content: bytes, words: str
) -> None:
    (world.source("focus") / name).write_bytes(content)
    rejected(world, name, words)


def test_a_bill_may_have_a_column_called_filename(world: World) -> None:
    """Whoever puts exports together with Spark or DuckDB has one."""
    folder = world.source("focus")
    for name in ("a", "b"):
        line = FOCUS_LINE | {"filename": name, "ResourceId": name}
        pq.write_table(pa.Table.from_pylist([line]), folder / f"{name}.parquet")
    assert not world.land().rejected
    assert world.query("select x_provider_columns['filename'] from finops_raw.focus order by all") == [("a",), ("b",)]


def test_an_id_that_a_data_frame_took_for_a_number_is_that_id(world: World) -> None:
    """Beside a line without one, pandas and polars make floats of whole numbers."""
    lines = [FOCUS_LINE | {"SubAccountId": 123456789012.0}, FOCUS_LINE | {"SubAccountId": float("nan")}]
    pq.write_table(pa.Table.from_pylist(lines), world.source("focus") / "bill.parquet")
    assert not world.land().rejected
    assert world.query("select SubAccountId from finops_raw.focus order by all") == [("123456789012",), (None,)]


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), 1e300])
def test_a_cost_that_is_no_number_is_named_in_parquet_too(world: World, cost: float) -> None:
    """Statistics as pyarrow writes them leave NaN out, and the engine believes them."""
    lines = [FOCUS_LINE | {"BilledCost": 1.5}, FOCUS_LINE | {"BilledCost": cost}]
    pq.write_table(pa.Table.from_pylist(lines), world.source("focus") / "bill.parquet")
    rejected(world, "in file 'bill.parquet', row 2, column 'BilledCost' has the value ")


def test_json_beside_csv_is_not_passed_over_in_silence(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "part1.csv", [FOCUS_LINE])
    (root / "part2.json").write_text("[{}]")
    rejected(world, "part2.json", "name it .jsonl if each of its lines is a charge")


@pytest.mark.parametrize("header", ["BilledCost;EffectiveCost;BillingCurrency", "lineItem/referenceNo;cost/myCost;x"])
def test_values_apart_by_semicolons_are_told_for_what_they_are(world: World, header: str) -> None:
    (world.source("focus") / "bill.csv").write_text(f"{header}\n1;1;USD\n")
    rejected(world, "bill.csv", "one column with ';' in it", "separated by commas")


@pytest.mark.parametrize(
    ("declared", "line", "looks_like"),
    [
        ("focus", LEGACY_LINE, "aws_cur_legacy"),
        ("focus", {key: str(value) for key, value in CUR2_LINE.items()}, "aws_cur2"),
        ("aws_cur2", FOCUS_LINE, "focus"),
        ("aws_cur2", LEGACY_LINE, "aws_cur_legacy"),
        ("aws_cur_legacy", {**CUR2_LINE, "bill_payer_account_name": "x", "product": "{}"}, "aws_cur2"),
    ],
)
def test_a_wrong_declared_format_is_rejected_and_the_right_one_named(
    world: World, declared: str, line: dict[str, str], looks_like: str
) -> None:
    write_csv(world.source(declared) / "bill.csv", [line])
    rejected(world, "bill.csv", f"declared as {declared}", f"write `format: {looks_like}`")


def test_an_export_of_another_kind_is_named(world: World) -> None:
    write_csv(world.source("focus") / "bill.csv", [{"usage_start_time": "1", "export_time": "2", "credits": "[]"}])
    rejected(world, "Google Cloud billing export", "write `format: gcp_billing`")


@pytest.mark.parametrize(
    "column", ["BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart", "ChargeCategory"]
)
def test_a_missing_required_column_is_rejected(world: World, column: str) -> None:
    line = {key: value for key, value in FOCUS_LINE.items() if key != column}
    write_csv(world.source("focus") / "bill.csv", [line])
    rejected(world, "bill.csv", f"lacks the column {column}")


@pytest.mark.parametrize("value", ["abc", "1,5", "1,500", "1.000,00", "$1,50", "NaN"])
def test_a_cost_that_is_not_a_number_is_rejected_with_its_row(world: World, value: str) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE, FOCUS_LINE, {**FOCUS_LINE, "BilledCost": value}])
    rejected(world, "bill.csv", "row 3", "'BilledCost'", f"'{value}'", "not a number")


@pytest.mark.parametrize("value", ["1e15", "100000000000000", "-100000000000000.01", "$123,456,789,012,345.00"])
def test_a_cost_that_is_too_large_is_not_called_something_else(world: World, value: str) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE, {**FOCUS_LINE, "BilledCost": value}])
    rejected(
        world, "bill.csv", "row 2", "'BilledCost'", f"'{value}' is too large", "14 digits before the decimal point"
    )


def test_a_cost_in_parquet_that_is_too_large_is_not_called_something_else(world: World) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE, {**CUR2_LINE, "line_item_unblended_cost": 1e15}])
    rejected(world, "export-00001", "row 2", "line_item_unblended_cost", "which is too large")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_cost_in_parquet_that_is_not_a_number_is_rejected_with_its_row(world: World, value: float) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE, {**CUR2_LINE, "line_item_unblended_cost": value}])
    rejected(world, "export-00001", "row 2", "line_item_unblended_cost", "not a number")


@pytest.mark.parametrize("column", ["BilledCost", "EffectiveCost"])
def test_a_cost_that_is_true_or_false_is_no_amount(world: World, column: str) -> None:
    lines = [{**FOCUS_LINE, column: value} for value in (None, True)]
    write_parquet(world.source("focus") / "bill.parquet", lines, {column: "boolean"})
    rejected(world, "bill.parquet", "row 2", f"'{column}'", "'true', which is not a number")


def test_a_bill_may_have_a_column_called_file_row_number(world: World) -> None:
    lines = [{**FOCUS_LINE, "file_row_number": "70", "BilledCost": value} for value in ("1", "1", "abc")]
    write_parquet(world.source("focus") / "bill.parquet", lines)
    rejected(world, "bill.parquet", "row 3", "'BilledCost'", "'abc'", "not a number")


def test_a_column_of_bytes_is_text(world: World) -> None:
    """Old writers of Parquet do not say which of their bytes are text."""
    write_parquet(world.source("focus") / "bill.parquet", [FOCUS_LINE], dict.fromkeys(FOCUS_LINE, "blob"))
    assert not world.land().rejected
    rows = world.query("select BilledCost, ChargePeriodStart, ServiceName, Tags from finops_raw.focus")
    world.source("focus", "text")
    write_csv(world.root / "text" / "bill.csv", [{**FOCUS_LINE, "BillingAccountId": "2"}])
    world.land()
    assert rows == world.query(
        "select BilledCost, ChargePeriodStart, ServiceName, Tags from finops_raw.focus where source_name = 'text'"
    )


@pytest.mark.parametrize("amounts", [["9e13", "9e13"], ["9e13", "-9e13", "9e13", "1.1e13"], ["6e13", "6e13"]])
@pytest.mark.parametrize("has_one_service", [True, False])
def test_a_sum_that_is_too_large_names_the_largest_amount(
    world: World, amounts: list[str], *, has_one_service: bool
) -> None:
    lines = [
        {**FOCUS_LINE, "BilledCost": amount, "ResourceId": str(place)}
        | ({} if has_one_service else {"ServiceName": str(place)})
        for place, amount in enumerate(amounts)
    ]
    write_csv(world.source("focus") / "bill.csv", lines)
    message = rejected(world, "bill.csv", "'BilledCost'", "too large", "14 digits", "sources of their own")
    assert f"The largest is {amounts[0][0]}0000000000000, in" in message


@pytest.mark.parametrize("value", ["soon", "13/1/26", "2026-02-30", "2026-08-01T30:00:00Z", "2026-08-5T00:00:00Z"])
def test_a_date_that_is_not_a_date_is_rejected_with_its_row(world: World, value: str) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE, {**FOCUS_LINE, "ChargePeriodStart": value}])
    rejected(world, "bill.csv", "row 2", "'ChargePeriodStart'", value, "not a date")


def test_a_billing_period_that_begins_with_the_day_is_rejected_and_not_read_as_another_month(world: World) -> None:
    line = {**FOCUS_LINE, "ChargePeriodStart": "1/8/26", "BillingPeriodStart": "1/8/26"}
    write_csv(world.source("focus") / "bill.csv", [line])
    rejected(world, "row 1", "'BillingPeriodStart'", "'1/8/26'", "not the first day of a month", "month first")


def test_a_date_in_text_parquet_that_is_not_a_date_is_rejected(world: World) -> None:
    path = world.source("aws_cur2") / "bill.parquet"
    write_parquet(path, [{**CUR2_LINE, "line_item_usage_start_date": "soon"}], {"line_item_unblended_cost": "double"})
    rejected(world, "bill.parquet", "row 1", "line_item_usage_start_date", "'soon'", "not a date")


def test_a_line_without_a_billing_period_is_rejected(world: World) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE, {**FOCUS_LINE, "BillingPeriodStart": "NULL"}])
    rejected(world, "bill.csv", "row 2", "BillingPeriodStart", "belongs to no month")


def test_a_line_without_a_currency_is_rejected(world: World) -> None:
    write_csv(
        world.source("focus") / "bill.csv",
        [FOCUS_LINE, *[{**FOCUS_LINE, "BillingCurrency": "", "ServiceName": x} for x in "ab"]],
    )
    rejected(world, "bill.csv", "BillingCurrency is empty in 2 lines", "cannot be added")


def test_content_of_another_month_than_the_layout_says_is_rejected(world: World) -> None:
    data_export(world.source("aws_cur2"), [CUR2_LINE], month="2026-07")
    rejected(world, "export-00001", "folder of 2026-07", "billing month 2026-08")


def test_content_of_another_month_than_the_legacy_folder_says_is_rejected(world: World) -> None:
    legacy_report(world.source("aws_cur_legacy"), [LEGACY_LINE], "uuid", month="20260701-20260801")
    rejected(world, "report-1.csv.gz", "folder of 2026-07", "billing month 2026-08")


@pytest.mark.parametrize("again", ["billedcost", "BILLEDCOST", "BilledCost", "billed_cost"])
def test_a_column_twice_in_different_case_is_rejected(world: World, again: str) -> None:
    text = csv_text([{**FOCUS_LINE, "last": "2"}]).replace("last", again)
    (world.source("focus") / "bill.csv").write_text(text)
    rejected(world, "bill.csv", "one column twice", "BilledCost", again)


def test_a_column_twice_in_parquet_is_rejected(world: World) -> None:
    names = [*CUR2_LINE, "Line_Item_Unblended_Cost"]
    arrays = [pa.array([str(value)]) for value in CUR2_LINE.values()] + [pa.array(["3"])]
    pq.write_table(pa.Table.from_arrays(arrays, names), world.source("aws_cur2") / "bill.parquet")
    rejected(world, "bill.parquet", "one column twice", "Line_Item_Unblended_Cost")


def test_a_file_that_is_not_utf8_is_rejected(world: World) -> None:
    text = csv_text([{**FOCUS_LINE, "ServiceName": "Büro"}])
    (world.source("focus") / "bill.csv").write_bytes(text.encode("latin-1"))
    rejected(world, "bill.csv", "not UTF-8", "save it as UTF-8")


def test_a_bare_folder_without_any_line_names_no_month(world: World) -> None:
    (world.source("focus") / "bill.csv").write_text(",".join(FOCUS_LINE) + "\n")
    rejected(world, "cannot be told which month is empty")


def test_a_folder_that_does_not_exist_is_rejected(world: World) -> None:
    world.source("focus").rmdir()
    rejected(world, "does not exist", "correct the uri")


def test_two_exports_of_one_month_in_one_folder_are_rejected(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root / "one", [], month="2026-07")
    data_export(root / "one", [CUR2_LINE])
    data_export(root / "two", [CUR2_LINE])
    rejected(world, "more than one export", "'one'", "'two'", "keep each month in one of the folders alone")


def test_the_last_good_delivery_stays_and_the_bad_one_is_announced_once(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "bill.csv", [FOCUS_LINE])
    world.land()
    (root / "bill.csv").write_bytes(b"")
    first, again = world.land(), world.land()
    assert "the last good delivery stays in use" in first.rejected[0].message
    assert [outcome.is_new for outcome in first.rejected + again.rejected] == [True, False]
    assert world.query("select sum(BilledCost) from finops_raw.focus") == [(Decimal("1.5"),)]
    states = world.query("select state, message is null from finops_raw.deliveries order by state")
    assert states == [("current", True), ("rejected", False)]


def test_a_rejection_is_settled_when_a_good_delivery_or_the_old_content_comes(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "bill.csv", [FOCUS_LINE])
    world.land()
    (root / "bill.csv").write_bytes(gzip.compress(b"")[:5])
    assert world.land().rejected
    write_csv(root / "bill.csv", [FOCUS_LINE])
    result = world.land()
    assert (len(result.unchanged), len(result.rejected)) == (1, 0)
    assert not world.ledger().rejections


def test_the_others_are_loaded_when_one_source_is_bad(world: World) -> None:
    (world.source("focus", "bills") / "bill.csv").touch()
    write_csv(world.source("aws_cur_legacy", "good") / "bill.csv", [LEGACY_LINE])
    result = world.land()
    assert [outcome.source_name for outcome in result.new] == ["good"]
    assert [outcome.source_name for outcome in result.rejected] == ["bills"]


def test_under_strict_a_rejection_stops_the_run(world: World) -> None:
    (world.source("focus") / "bill.csv").touch()
    with pytest.raises(FinopsError, match=r"FINOPS_STRICT=1.*0 bytes"):
        world.land(strict=True)


def test_another_dataset_of_focus_is_named(world: World) -> None:
    names = "InvoiceDetailId InvoiceId BillingAccountId BilledCost BillingCurrency BillingPeriodStart InvoiceIssuerName"
    write_csv(world.source("focus") / "a.csv", [dict.fromkeys(names.split(), "1")])
    rejected(world, "a.csv", "look like FOCUS Invoice Detail; write `format: focus_invoice_detail`")


def test_an_underscore_makes_no_number(world: World) -> None:
    write_csv(world.source("focus") / "a.csv", [{**FOCUS_LINE, "BilledCost": "1_000"}])
    rejected(world, "a.csv", "BilledCost", "1_000", "not a number")


def test_an_underscore_makes_no_number_in_parquet_either(world: World) -> None:
    write_parquet(world.source("focus") / "a.parquet", [{**FOCUS_LINE, "BilledCost": "1_000"}])
    rejected(world, "a.parquet", "BilledCost", "1_000", "not a number")


def test_what_stands_above_the_header_is_named(world: World) -> None:
    (world.source("focus") / "bill.csv").write_text("Cost report of Contoso\n\n" + csv_text([FOCUS_LINE]))
    rejected(world, "bill.csv", "Its first line, 'Cost report of Contoso', is no header")
