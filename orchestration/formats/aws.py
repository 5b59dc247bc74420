"""The AWS cost and usage reports: one canonical schema for CUR 2.0 (its 131 columns) and the legacy report.

The legacy report adds the product's name: CUR 2.0 has it only in a map, which is dear to put together from columns.

Only names, kinds and the parts that columns play; the folder layouts are in `landing/layouts/aws.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.base import Column, Format, Spread, name_key

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = """
bill_bill_type bill_billing_entity bill_invoice_id bill_invoicing_entity bill_payer_account_id bill_payer_account_name
capacity_reservation_capacity_reservation_arn capacity_reservation_capacity_reservation_status
capacity_reservation_capacity_reservation_type identity_line_item_id identity_time_interval
line_item_availability_zone line_item_currency_code line_item_iam_principal line_item_legal_entity
line_item_line_item_description line_item_line_item_type line_item_operation line_item_product_code
line_item_resource_id line_item_tax_type line_item_usage_account_id line_item_usage_account_name line_item_usage_type
line_item_user_identifier pricing_currency pricing_lease_contract_length pricing_offering_class
pricing_purchase_option pricing_rate_code pricing_rate_id pricing_term pricing_unit product_comment product_fee_code
product_fee_description product_from_location product_from_location_type product_from_region_code
product_instance_family product_instance_type product_instancesku product_location product_location_type
product_operation product_pricing_unit product_product_family product_product_name product_region_code
product_servicecode product_sku product_to_location product_to_location_type product_to_region_code product_usagetype
reservation_availability_zone
reservation_end_time reservation_modification_status reservation_reservation_a_r_n reservation_start_time
reservation_subscription_id savings_plan_end_time savings_plan_instance_type_family savings_plan_offering_type
savings_plan_payment_option savings_plan_purchase_term savings_plan_region savings_plan_savings_plan_a_r_n
savings_plan_start_time split_line_item_parent_resource_id
"""

_RATE = """
line_item_blended_rate line_item_net_unblended_rate line_item_unblended_rate pricing_public_on_demand_rate
reservation_normalized_units_per_reservation reservation_number_of_reservations
reservation_total_reserved_normalized_units reservation_total_reserved_units reservation_units_per_reservation
"""

_TIMESTAMP = """
bill_billing_period_end_date bill_billing_period_start_date line_item_usage_end_date line_item_usage_start_date
"""

_MAP = "cost_category discount product resource_tags tags"

_DECIMAL = """
discount_bundled_discount discount_total_discount line_item_blended_cost line_item_net_unblended_cost
line_item_normalization_factor line_item_normalized_usage_amount line_item_unblended_cost line_item_usage_amount
pricing_public_on_demand_cost reservation_amortized_upfront_cost_for_usage
reservation_amortized_upfront_fee_for_billing_period reservation_effective_cost
reservation_net_amortized_upfront_cost_for_usage reservation_net_amortized_upfront_fee_for_billing_period
reservation_net_effective_cost reservation_net_recurring_fee_for_usage
reservation_net_unused_amortized_upfront_fee_for_billing_period reservation_net_unused_recurring_fee
reservation_net_upfront_value reservation_recurring_fee_for_usage
reservation_unused_amortized_upfront_fee_for_billing_period reservation_unused_normalized_unit_quantity
reservation_unused_quantity reservation_unused_recurring_fee reservation_upfront_value
savings_plan_amortized_upfront_commitment_for_billing_period
savings_plan_net_amortized_upfront_commitment_for_billing_period
savings_plan_net_recurring_commitment_for_billing_period savings_plan_net_savings_plan_effective_cost
savings_plan_recurring_commitment_for_billing_period savings_plan_savings_plan_effective_cost
savings_plan_savings_plan_rate savings_plan_total_commitment_to_date savings_plan_used_commitment
split_line_item_actual_usage split_line_item_net_split_cost split_line_item_net_unused_cost
split_line_item_public_on_demand_split_cost split_line_item_public_on_demand_unused_cost
split_line_item_reserved_usage split_line_item_split_cost split_line_item_split_usage
split_line_item_split_usage_ratio split_line_item_unused_cost
"""

_KINDS = {"text": _TEXT, "rate": _RATE, "timestamp": _TIMESTAMP, "map": _MAP, "decimal": _DECIMAL}

COLUMNS = tuple(
    sorted(
        (Column(name, kind) for kind, names in _KINDS.items() for name in names.split()),
        key=lambda column: column.name,
    )
)

_REQUIRED = (
    "line_item_unblended_cost",
    "line_item_currency_code",
    "bill_billing_period_start_date",
    "line_item_usage_start_date",
    "line_item_line_item_type",
    "bill_payer_account_id",
)

_SLASHED_MAPS = (
    Spread("resource_tags", "resourcetags/", "resource_tags_"),
    Spread("cost_category", "costcategory/", "cost_category_"),
    Spread("product", "product/", "product_", snake_keys=True, first_class=True),
    Spread("discount", "discount/", snake_keys=True, first_class=True),
)


_LEGACY_MARKS = ("identity/", "lineitem/", "bill/", "pricing/")
_CUR_MARKS = ("line_item_", "bill_", "identity_")
_ATHENA_MARKS = ("resource_tags_", "cost_category_")
_CUR2_ONLY = {"billpayeraccountname", "lineitemusageaccountname", "product", "resourcetags", "costcategory"}


def is_surely_cur2(names: list[str]) -> bool:
    """Tell what no legacy report has; a narrow CUR 2.0 and a legacy report written by Athena share their names."""
    return bool({name_key(name) for name in names} & _CUR2_ONLY)


def _looks_like_legacy(names: list[str]) -> bool:
    lower = [name.lower() for name in names]
    is_athena = any(name.startswith(_ATHENA_MARKS) for name in lower) or "product_product_name" in lower
    is_slashed = any(name.startswith(_LEGACY_MARKS) for name in lower)
    return is_slashed or (is_athena and _looks_like_cur(names) and not is_surely_cur2(names))


def _looks_like_cur(names: list[str]) -> bool:
    return sum(name.lower().startswith(_CUR_MARKS) for name in names) >= 3


def _aws(name: str, title: str, spreads: tuple[Spread, ...], looks_like: Callable[[list[str]], bool]) -> Format:
    return Format(
        name=name,
        title=title,
        columns=COLUMNS,
        required=_REQUIRED,
        cost_column="line_item_unblended_cost",
        currency_column="line_item_currency_code",
        period_column="bill_billing_period_start_date",
        charge_column="line_item_usage_start_date",
        account_column="bill_payer_account_id",
        service_column="line_item_product_code",
        identity_columns=("identity_line_item_id", "identity_time_interval"),
        content_columns=(
            "line_item_usage_start_date",
            "line_item_usage_account_id",
            "line_item_line_item_type",
            "line_item_usage_type",
            "line_item_operation",
            "line_item_resource_id",
            "line_item_unblended_cost",
            "line_item_usage_amount",
        ),
        line_type_column="line_item_line_item_type",
        always_filled=("line_item_unblended_cost", "line_item_usage_start_date", "line_item_line_item_type"),
        looks_like=looks_like,
        filled_for=(
            ("SavingsPlanCoveredUsage", "savings_plan_savings_plan_effective_cost"),
            ("DiscountedUsage", "reservation_effective_cost"),
        ),
        net_cost_column="line_item_net_unblended_cost",
        discount_columns=("discount", "discount_total_discount"),
        spreads=spreads,
        late_maps=("product",),
    )


AWS_CUR2 = _aws("aws_cur2", "AWS CUR 2.0 (Data Exports)", (), _looks_like_cur)
AWS_CUR_LEGACY = _aws("aws_cur_legacy", "AWS Cost and Usage Report, legacy", _SLASHED_MAPS, _looks_like_legacy)
