"""How lines look in CUR 2.0, column by column, and in the truth.

Belongs here: one SQL expression per column over `usage_lines` (u), `resources` (r), `hours` (h) and
`commitments` (b), and the columns that every line of a month shares. Does not belong here: how the amounts came about
(`usage`, `fees`), nor the list of columns itself (`columns`).
"""

from .company import PAYER, PAYER_NAME
from .engine import quoted
from .periods import NET, Month, Refresh, stable_uuid

LEGAL_ENTITY = "Amazon Web Services, Inc."

USAGE_SOURCE = """usage_lines AS u
    JOIN resources AS r ON r.r = u.r
    JOIN hours AS h ON h.hi = u.hi
    LEFT JOIN commitments AS b ON b.commitment = u.commitment"""

_LINE_TYPE = """CASE u.kind WHEN 'covered' THEN 'SavingsPlanCoveredUsage' WHEN 'negation' THEN 'SavingsPlanNegation'
    WHEN 'reserved' THEN 'DiscountedUsage' ELSE 'Usage' END"""

_RESOURCE_ID = """replace(r.id_form, '{hash}', left(md5(r.name || ':' || u.c), 17))
    || CASE WHEN u.c > 0 AND r.id_form NOT LIKE '%{hash}%' THEN '-' || u.c ELSE '' END"""


def month_columns(month: Month, refresh: Refresh, seed: int) -> dict[str, str]:
    """Return the columns that every line of a delivery shares; the invoice id appears with the last refresh only."""
    return {
        "bill_bill_type": "'Anniversary'",
        "bill_billing_entity": "'AWS'",
        "bill_billing_period_start_date": f"TIMESTAMP {quoted(month.start)}",
        "bill_billing_period_end_date": f"TIMESTAMP {quoted(month.end)}",
        "bill_invoice_id": quoted(invoice_id(month, seed)) if refresh.is_final else "null",
        "bill_invoicing_entity": quoted(LEGAL_ENTITY),
        "bill_payer_account_id": quoted(PAYER),
        "bill_payer_account_name": quoted(PAYER_NAME),
        "line_item_currency_code": "'USD'",
        "line_item_legal_entity": quoted(LEGAL_ENTITY),
    }


def invoice_id(month: Month, seed: int, issuer: str = "aws") -> str:
    """Return the number of the month's invoice by one issuer, digits only as AWS prints them."""
    return f"{int(stable_uuid('invoice', seed, month.name, issuer)[:8], 16) % 900000000 + 1000000000}"


def _when(kinds: str, value: str) -> str:
    return f"CASE WHEN u.kind IN ({kinds}) THEN {value} END"


def _sold(by_others: str, by_aws: str) -> str:
    return f"CASE WHEN r.is_marketplace THEN {by_others} ELSE {by_aws} END"


def _discount_columns(mode: str) -> dict[str, str]:
    if mode != NET:
        return {}
    amount = "usd(u.cost - u.net)"
    filled = "u.net IS NOT NULL AND u.kind = 'usage' AND u.cost != u.net"
    return {
        "discount": f"CASE WHEN {filled} THEN MAP {{'edp_discount': -{amount}}} ELSE MAP {{}} END",
        "discount_total_discount": f"CASE WHEN {filled} THEN -{amount} WHEN u.net IS NOT NULL THEN 0 END",
    }


def _commitment_columns(month: Month) -> dict[str, str]:
    planned, covered, reserved = "'covered', 'negation'", "'covered'", "'reserved'"
    columns = {
        "savings_plan_savings_plan_a_r_n": _when(planned, "b.arn"),
        "savings_plan_savings_plan_rate": _when(planned, "usd(r.plan_rate)"),
        "savings_plan_savings_plan_effective_cost": _when(covered, "usd(u.effective)"),
        "savings_plan_start_time": _when(planned, "iso(b.starts)"),
        "savings_plan_end_time": _when(planned, "iso(b.ends)"),
        "savings_plan_offering_type": _when(planned, "b.offering"),
        "savings_plan_payment_option": _when(planned, "b.payment_option"),
        "savings_plan_purchase_term": _when(planned, "'1yr'"),
        "savings_plan_region": _when(planned, "nullif(b.region, '')"),
        "savings_plan_instance_type_family": _when(planned, "nullif(b.instance_type, '')"),
        "reservation_reservation_a_r_n": _when(reserved, "b.arn"),
        "reservation_subscription_id": _when(reserved, "right(b.arn, 12)"),
        "reservation_effective_cost": _when(reserved, "usd(u.effective)"),
        "reservation_amortized_upfront_cost_for_usage": _when(reserved, "usd(b.amortized * u.quantity // 1000)"),
        "reservation_recurring_fee_for_usage": _when(reserved, "usd(b.recurring * u.quantity // 1000)"),
        "reservation_start_time": _when(reserved, "iso(b.starts)"),
        "reservation_end_time": _when(reserved, "iso(b.ends)"),
        "reservation_modification_status": _when(reserved, "'Original'"),
        "reservation_number_of_reservations": _when(reserved, "b.units::VARCHAR"),
        "reservation_units_per_reservation": _when(reserved, "'1.0'"),
        "pricing_lease_contract_length": _when(reserved, "'1yr'"),
        "pricing_offering_class": _when(reserved, "'standard'"),
        "pricing_purchase_option": _when(reserved, "b.payment_option"),
    }
    if month.is_discounted:
        columns |= {
            "savings_plan_net_savings_plan_effective_cost": _when(covered, "usd(u.net_effective)"),
            "reservation_net_effective_cost": _when(reserved, "usd(u.net_effective)"),
            "reservation_net_amortized_upfront_cost_for_usage": _when(
                reserved, "usd(b.net_amortized * u.quantity // 1000)"
            ),
            "reservation_net_recurring_fee_for_usage": _when(reserved, "usd(b.net_recurring * u.quantity // 1000)"),
        }
    return columns


def _split_columns() -> dict[str, str]:
    return {
        "split_line_item_parent_resource_id": _when("'split'", "'i-' || left(md5('eks-node-1:' || u.c), 17)"),
        "split_line_item_reserved_usage": _when("'split'", "2.0"),
        "split_line_item_actual_usage": _when("'split'", "4.0"),
        "split_line_item_split_usage": _when("'split'", "4.0"),
        "split_line_item_split_usage_ratio": _when("'split'", "0.25"),
        "split_line_item_split_cost": _when("'split'", "0.115"),
        "split_line_item_unused_cost": _when("'split'", "0.0287"),
        "split_line_item_public_on_demand_split_cost": _when("'split'", "0.192"),
        "split_line_item_public_on_demand_unused_cost": _when("'split'", "0.048"),
    }


def usage_columns(month: Month, refresh: Refresh, seed: int) -> dict[str, str]:
    """Return column name to SQL expression of a usage line of one delivery."""
    sign = "CASE u.kind WHEN 'negation' THEN -1 WHEN 'split' THEN 0 ELSE 1 END"
    instance = "r.unit = 'Hrs' AND r.instance_type != ''"
    columns = month_columns(month, refresh, seed)
    marketplace_invoice = quoted(invoice_id(month, seed, "marketplace")) if refresh.is_final else "null"
    columns |= {
        "bill_billing_entity": _sold("'AWS Marketplace'", "'AWS'"),
        "bill_invoice_id": _sold(marketplace_invoice, columns["bill_invoice_id"]),
        "line_item_legal_entity": _sold("'Skylark Systems Ltd'", quoted(LEGAL_ENTITY)),
        "cost_category": "r.cost_category",
        "identity_line_item_id": "u.id",
        "identity_time_interval": "h.hour_interval",
        "line_item_availability_zone": "CASE WHEN r.instance_type != '' THEN r.region || 'a' END",
        "line_item_blended_cost": "usd(u.cost)",
        "line_item_blended_rate": "r.rate",
        "line_item_line_item_description": "'$' || r.rate || ' per ' || r.unit || ' ' || r.usage_type",
        "line_item_line_item_type": _LINE_TYPE,
        "line_item_net_unblended_cost": "usd(u.net)",
        "line_item_net_unblended_rate": "CASE WHEN u.net IS NOT NULL THEN r.rate END",
        "line_item_normalization_factor": f"CASE WHEN {instance} THEN 8.0 END",
        "line_item_normalized_usage_amount": f"CASE WHEN {instance} THEN 8.0 * u.quantity / 1000 END",
        "line_item_operation": "r.operation",
        "line_item_product_code": "r.code",
        "line_item_resource_id": _RESOURCE_ID,
        "line_item_unblended_cost": "usd(u.cost)",
        "line_item_unblended_rate": "CASE u.kind WHEN 'reserved' THEN '0.0' ELSE r.rate END",
        "line_item_usage_account_id": "r.account_id",
        "line_item_usage_account_name": "r.account_name",
        "line_item_usage_amount": "u.quantity / 1000",
        "line_item_usage_start_date": "h.h",
        "line_item_usage_end_date": "h.h + INTERVAL 1 HOUR",
        "line_item_usage_type": "r.usage_type",
        "pricing_currency": "'USD'",
        "pricing_public_on_demand_cost": f"{sign} * usd(u.on_demand)",
        "pricing_public_on_demand_rate": "r.rate",
        "pricing_rate_code": "r.sku || '.JRTCKXETXF.6YS6EN2CT7'",
        "pricing_rate_id": "r.rate_id",
        "pricing_term": _sold("null", "CASE WHEN u.kind = 'reserved' THEN 'Reserved' ELSE 'OnDemand' END"),
        "pricing_unit": "r.unit",
        "product": "r.product",
        "product_instance_family": "CASE WHEN r.instance_type != '' THEN 'General purpose' END",
        "product_instance_type": "nullif(r.instance_type, '')",
        "product_location": "CASE r.region WHEN 'us-east-1' THEN 'US East (N. Virginia)' ELSE 'EU (Ireland)' END",
        "product_location_type": "'AWS Region'",
        "product_operation": "r.operation",
        "product_product_family": "nullif(r.family, '')",
        "product_region_code": "r.region",
        "product_servicecode": "r.service",
        "product_sku": "r.sku",
        "product_usagetype": "r.usage_type",
        "resource_tags": "r.tags",
        "tags": "r.account_tags",
    }
    return columns | _discount_columns(month.discount_mode) | _commitment_columns(month) | _split_columns()


def truth_of_usage(month: Month) -> str:
    """Return the query of the truth about the lines in `usage_lines`; its columns are those of `truth.LINE_COLUMNS`."""
    # Covered usage and its negation cancel out: neither bills anything, the fee of the plan does.
    billed = (
        "CASE WHEN u.kind = 'usage' THEN "
        + ("coalesce(u.net, u.cost)" if month.discount_mode == NET else "u.cost")
        + " ELSE 0 END"
    )
    return f"""
        SELECT
            'aws_payer' AS source_name, DATE {quoted(month.start.date())} AS billing_month, u.id AS line_id,
            CASE u.kind WHEN 'covered' THEN 'covered_usage' WHEN 'negation' THEN 'covered_usage_negation'
                WHEN 'reserved' THEN 'reserved_usage' WHEN 'split' THEN 'split_cost' ELSE 'usage' END AS kind,
            'USD' AS billing_currency, exact({billed}) AS billed_cost, exact(u.net_effective) AS effective_cost,
            exact(u.effective) AS gross_effective_cost,
            exact(CASE WHEN u.kind IN ('negation', 'split') THEN 0 ELSE u.on_demand END) AS list_cost,
            h.h AS charge_start, r.account_id AS sub_account_id, r.team, r.evidence, r.team_product AS product,
                r.environment, r.cost_center,
            b.arn AS commitment_id
        FROM {USAGE_SOURCE}"""
