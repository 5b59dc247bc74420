"""Azure's price sheets, of enterprise agreements (23 columns) and customer agreements (25 to 27), under one header.

A sheet is a snapshot like a fact of the business: a list of prices, no charge, so that it has no cost to tie and no
billing month of its own. Only names, and what makes a row unique; what a price does to a charge is told in
`int_azure_sheet_prices`.
"""

from __future__ import annotations

from dataclasses import replace

from orchestration.formats.fact_base import FactColumn, FactFormat, may, must
from orchestration.formats.focus_datasets import NULL_TEXTS


def _called(column: FactColumn, *aliases: str) -> FactColumn:
    return replace(column, aliases=aliases)


AZURE_PRICE_SHEET = FactFormat(
    name="azure_price_sheet",
    title="Azure price sheet",
    grain="price of a meter, agreement, period and tier",
    columns=(
        _called(may("billing_account_id"), "EnrollmentNumber"),
        may("billing_account_name"),
        may("billing_profile_id"),
        may("billing_profile_name"),
        may("meter_id"),
        may("meter_name"),
        may("meter_type"),
        may("meter_category"),
        may("meter_sub_category"),
        may("meter_region"),
        may("service_family"),
        may("product"),
        may("product_id"),
        may("product_order_name"),
        may("sku_id"),
        may("part_number"),
        may("offer_id"),
        may("unit_of_measure"),
        may("tier_minimum_units", "decimal"),
        may("included_quantity", "decimal"),
        must("effective_start_date", "provider_time"),
        may("effective_end_date", "provider_time"),
        may("unit_price", "decimal"),
        may("base_price", "decimal"),
        may("market_price", "decimal"),
        _called(must("currency", "currency"), "CurrencyCode"),
        may("billing_currency"),
        may("term"),
        may("price_type"),
        may("discount"),
    ),
    key=(
        "billing_account_id",
        "billing_profile_id",
        "meter_id",
        "meter_type",
        "product_id",
        "product_order_name",
        "sku_id",
        "part_number",
        "offer_id",
        "price_type",
        "term",
        "tier_minimum_units",
        "included_quantity",
        "currency",
        "effective_start_date",
    ),
    null_texts=NULL_TEXTS,
    described_by="as Azure exports it",
    expected=("meter_id", "unit_of_measure", "unit_price", "market_price"),
    is_large=True,
    used_by=("azure_cost",),
    span=("effective_start_date", "effective_end_date"),
)

PRICE_SHEETS: dict[str, FactFormat] = {AZURE_PRICE_SHEET.name: AZURE_PRICE_SHEET}
