"""Google Cloud's billing export (standard and detailed usage cost), as BigQuery holds it: nested, with lists.

Only names, kinds, paths and the parts that columns play; the folder layouts are in `landing/layouts/gcp.py`. Reseller
(rebilling) exports have more columns; those are unknown here.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Format, has_names

_TEXT = """
adjustment_info.description adjustment_info.id adjustment_info.mode adjustment_info.type billing_account_id
consumption_model.description consumption_model.id cost_type currency invoice.publisher_type location.country
location.location location.region location.zone price.unit project.ancestry_numbers project.id project.name
project.number resource.global_name resource.name seller_name service.description service.id sku.description sku.id
subscription.instance_id transaction_type usage.pricing_unit usage.unit
"""

_RATE = """
currency_conversion_rate price.effective_price price.effective_price_default price.list_price
price.list_price_consumption_model price.pricing_unit_quantity price.tier_start_amount
"""

_DECIMAL = """
cost cost_at_effective_price_default cost_at_list cost_at_list_consumption_model usage.amount
usage.amount_in_pricing_units
"""

_TIMESTAMP = "export_time usage_end_time usage_start_time"

_MAP = "labels project.labels system_labels tags"

_KINDS = {
    "text": _TEXT,
    "rate": _RATE,
    "decimal": _DECIMAL,
    "timestamp": _TIMESTAMP,
    "map": _MAP,
    "month": "invoice.month",
}

CREDIT = (
    Column("name", "text"),
    Column("amount", "decimal"),
    Column("full_name", "text"),
    Column("id", "text"),
    Column("type", "text"),
)
"""What one credit of a line says."""

# There is no line id. Lines of one hour and SKU differ in where they come from, and the credits they got.
_CONTENT = (
    "usage_start_time",
    "usage_end_time",
    "export_time",
    "invoice_month",
    "cost_type",
    "sku_id",
    "project_id",
    "location_zone",
    "location_region",
    "resource_global_name",
    "resource_name",
    "subscription_instance_id",
    "consumption_model_id",
    "labels",
    "cost",
    "usage_amount",
)

GCP_BILLING = Format(
    name="gcp_billing",
    title="Google Cloud billing export",
    columns=tuple(
        sorted(
            [
                *(
                    Column(path.replace(".", "_"), kind, path)
                    for kind, paths in _KINDS.items()
                    for path in paths.split()
                ),
                Column("credits", "list", parts=CREDIT),
            ],
            key=lambda column: column.name,
        )
    ),
    required=("billing_account_id", "cost", "credits", "currency", "invoice_month", "sku_id", "usage_start_time"),
    cost_column="cost",
    addends_column="credits",
    currency_column="currency",
    period_column="invoice_month",
    charge_column="usage_start_time",
    account_column="billing_account_id",
    service_column="service_description",
    identity_columns=_CONTENT,
    content_columns=_CONTENT,
    line_type_column="cost_type",
    always_filled=("cost", "usage_start_time"),
    looks_like=has_names("usagestarttime invoicemonth cost", "usagestarttime exporttime credits"),
    only_grows=True,
    detail_columns=("resource_name", "resource_global_name"),
    detail_of=("billing_account_id", "invoice_month", "project_id", "sku_id"),
)
