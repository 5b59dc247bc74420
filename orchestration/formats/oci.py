"""Oracle Cloud's own cost report (the slashed columns; its FOCUS reports are `format: focus`).

A report has no billing period: the month of a line is that of its usage. Tag columns differ from file to file.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Format, Spread, has_names

_TEXT = """
cost_billing_unit_readable cost_currency_code cost_overage_flag cost_product_sku cost_sku_unit_description
cost_subscription_id line_item_backreference_no line_item_is_correction line_item_reference_no line_item_tenant_id
product_availability_domain product_compartment_id product_compartment_name product_description product_region
product_resource product_resource_id product_service
"""

_DECIMAL = """
cost_attributed_cost cost_my_cost cost_my_cost_overage cost_unit_price cost_unit_price_overage usage_attributed_usage
usage_billed_quantity usage_billed_quantity_overage
"""

_KINDS = {
    "text": _TEXT,
    "decimal": _DECIMAL,
    "timestamp": "line_item_interval_usage_end line_item_interval_usage_start",
    "map": "tags",
}

OCI_COST = Format(
    name="oci_cost",
    title="Oracle Cloud cost report",
    columns=tuple(
        sorted(
            (Column(name, kind) for kind, names in _KINDS.items() for name in names.split()),
            key=lambda column: column.name,
        )
    ),
    required=(
        "line_item_reference_no",
        "line_item_tenant_id",
        "line_item_interval_usage_start",
        "line_item_interval_usage_end",
        "product_service",
        "cost_my_cost",
        "cost_currency_code",
    ),
    cost_column="cost_my_cost",
    currency_column="cost_currency_code",
    period_column="line_item_interval_usage_start",
    charge_column="line_item_interval_usage_start",
    account_column="line_item_tenant_id",
    service_column="product_service",
    identity_columns=("line_item_reference_no",),
    content_columns=("line_item_reference_no",),
    line_type_column="line_item_is_correction",
    always_filled=("line_item_reference_no", "cost_my_cost", "line_item_interval_usage_end"),
    looks_like=has_names("lineitemreferenceno costmycost", "lineitemreferenceno lineitemtenantid"),
    spreads=(Spread("tags", "tags/"),),
    line_ids=("line_item_reference_no",),
)
