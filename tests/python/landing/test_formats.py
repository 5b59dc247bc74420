"""Formats: how delivered names find their canonical column, and how one export is told from another."""

from __future__ import annotations

import pytest

from orchestration.formats import FORMATS, DuplicateColumnError, conflict, identify
from orchestration.formats.base import snake_case

LEGACY, CUR2, FOCUS = FORMATS["aws_cur_legacy"], FORMATS["aws_cur2"], FORMATS["focus"]


def test_both_aws_formats_share_the_131_columns_and_a_name_and_focus_has_67_and_its_rest() -> None:
    assert (len(CUR2.columns), len(FOCUS.columns)) == (131 + 1, 67 + 1)
    assert CUR2.columns is LEGACY.columns


@pytest.mark.parametrize("fmt", FORMATS.values())
def test_no_two_canonical_names_are_alike(fmt: object) -> None:
    assert len(fmt.by_key) == len(fmt.columns)
    named = {*fmt.required, *fmt.identity_columns, *fmt.content_columns, *fmt.discount_columns, fmt.service_column}
    assert named <= set(fmt.by_name)


@pytest.mark.parametrize(
    ("delivered", "canonical"),
    [
        ("lineItem/UnblendedCost", "line_item_unblended_cost"),
        ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
        ("savingsPlan/SavingsPlanArn", "savings_plan_savings_plan_a_r_n"),
        ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
        ("pricing/currency", "pricing_currency"),
        ("product/servicecode", "product_servicecode"),
        ("LINE_ITEM_USAGE_TYPE", "line_item_usage_type"),
    ],
)
def test_legacy_and_athena_names_are_one(delivered: str, canonical: str) -> None:
    assert LEGACY.match([delivered]).direct == {canonical: delivered}


def test_tags_that_differ_in_case_are_two_tags_but_columns_are_not() -> None:
    match = LEGACY.match(["resourceTags/user:Name", "resourceTags/user:name"])
    assert set(match.spread["resource_tags"]) == {"user:Name", "user:name"}
    with pytest.raises(DuplicateColumnError):
        LEGACY.match(["product/region", "product/Region"])


def test_what_has_no_place_is_unknown_and_what_is_not_there_is_missing() -> None:
    match = FOCUS.match(["BilledCost", "x_Discounts"])
    assert match.unknown == ["x_Discounts"]
    assert match.spread == {"x_provider_columns": {"x_Discounts": "x_Discounts"}}
    assert len(match.missing) == 66


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ProductName", "product_name"), ("SavingsPlanARN", "savings_plan_a_r_n"), ("servicecode", "servicecode")],
)
def test_every_capital_begins_a_word(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_exports_are_told_apart_by_their_columns() -> None:
    narrow = ["line_item_unblended_cost", "bill_payer_account_id", "line_item_usage_start_date"]
    assert identify(["identity/LineItemId", "lineItem/UnblendedCost"]) == "aws_cur_legacy"
    assert identify([*narrow, "resource_tags"]) == "aws_cur2"
    assert identify([*narrow, "resource_tags_user_team"]) == "aws_cur_legacy"
    assert identify(["BilledCost", "ChargePeriodStart"]) == "focus"
    assert identify(["usage_start_time", "export_time", "credits"]) == "gcp_billing"
    assert identify(["lineItem/referenceNo", "lineItem/tenantId", "cost/myCost"]) == "oci_cost"
    assert identify(["lineItem/referenceNo", "lineItem/tenantId", "cost/amount"]) == "oci_cost"
    assert identify(["a", "b"]) is None


def test_a_name_of_an_older_dialect_counts_only_where_the_canonical_one_is_missing() -> None:
    assert FOCUS.match(["Provider", "Region"]).direct == {"ProviderName": "Provider", "RegionId": "Region"}
    both = FOCUS.match(["Provider", "ProviderName"])
    assert (both.direct, both.unknown) == ({"ProviderName": "ProviderName"}, ["Provider"])


@pytest.mark.parametrize(
    ("columns", "version"),
    [
        (["BilledCost", "ProviderName", "ChargeClass"], "1.0"),
        (["BilledCost", "ProviderName", "ServiceSubcategory"], "1.1"),
        (["BilledCost", "ProviderName", "ServiceSubcategory", "InvoiceId"], "1.2"),
        (["BilledCost", "ProviderName", "InvoiceId", "ServiceProviderName"], "1.3"),
        (["BilledCost", "InvoiceId", "ServiceProviderName"], "1.4"),
        (["BilledCost", "ProviderName", "ServiceProviderName", "InvoiceDetailId"], "1.4"),
        (["BilledCost", "Provider", "UsageQuantity", "InvoiceId"], "1.0-preview"),
    ],
)
def test_the_focus_version_is_the_oldest_that_has_the_columns(columns: list[str], version: str) -> None:
    assert FOCUS.version_of(columns) == version


def test_a_narrow_report_is_left_to_what_was_declared() -> None:
    narrow = ["line_item_unblended_cost", "bill_payer_account_id", "line_item_usage_start_date"]
    assert conflict(LEGACY, narrow) is None
    assert conflict(CUR2, narrow) is None
    assert conflict(LEGACY, [*narrow, "resource_tags"]) == "aws_cur2"
