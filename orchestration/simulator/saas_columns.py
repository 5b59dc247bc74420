"""How the lines of the SaaS vendor look in FOCUS 1.2, column by column.

Belongs here: one SQL expression per column over `saas_lines` (l), money in units of 1e-10. Does not belong here: which
lines there are and what they cost (`saas`).
"""

from .engine import quoted
from .periods import Month, stable_uuid

_USAGE = "l.category = 'Usage' AND l.quantity IS NOT NULL"
_PRICED = "l.category IN ('Usage', 'Purchase') AND l.class IS NULL"
_OF_COMMITMENT = "l.status IS NOT NULL OR l.kind = 'commitment_purchase'"
_IN_EUROPE = "l.currency = 'EUR'"


def _money(units: str) -> str:
    """Return units of 1e-10 as text; tiny amounts in scientific notation, as some vendors write them."""
    return f"CASE WHEN {units} != 0 AND abs({units}) < 1000 THEN {units} || 'E-10' ELSE exact({units})::VARCHAR END"


def _case(condition: str, value: str, otherwise: str = "null") -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE {otherwise} END"


def _tags() -> str:
    note = """'"hot" path, 🔥 <b>do not stop</b>; line one' || chr(10) || 'line two'"""
    entries = f"""[{{'k': 'team', 'v': l.team}}, {{'k': 'env', 'v': 'prod'}},
        {{'k': 'note', 'v': {_case("l.team = 'search' AND l.k = 1", note)}}}]"""
    listed = f"to_json(map_from_entries(list_filter({entries}, lambda e: e.v IS NOT NULL)))"
    return _case("l.team IS NOT NULL AND l.sub_account != 'hl-stage-eu'", listed)


def focus_columns(month: Month, vendor: str, commitment_id: str, seed: int, *, is_closed: bool) -> dict[str, str]:
    """Return FOCUS column to SQL expression; a column that is not named is null. Only a closed month has invoices."""
    number = int(stable_uuid("saas", seed, month.name)[:6], 16)
    instance = "CASE WHEN l.c > 0 THEN '-' || l.c ELSE '' END"
    workspace = _case("l.category = 'Usage' AND l.class IS NULL", f"l.sub_account || '/' || l.team || {instance}")
    resource_name = "l.team || CASE WHEN l.k = 2 THEN chr(10) ELSE ' ' END || '(' || l.sub_account_name || ')'"
    resource_type = _case("l.category = 'Usage' AND l.class IS NULL", "'Workspace'")
    list_cost, contracted_cost = (
        _money(_case("l.quantity IS NULL", "l.billed", f"l.{price} * l.quantity // 1000"))
        for price in ("list_price", "contracted_price")
    )
    list_price, contracted_price = (
        _case(_PRICED, _money(f"l.{price}")) for price in ("list_price", "contracted_price")
    )
    committed = _money(_case("l.category = 'Purchase'", "l.billed", "l.effective"))
    return {
        "BilledCost": _money("l.billed"),
        "BillingAccountId": "l.account",
        "BillingAccountName": "l.account_name",
        "BillingAccountType": "'Organization'",
        "BillingCurrency": "l.currency",
        "BillingPeriodStart": f"iso(TIMESTAMP {quoted(month.start)})",
        "BillingPeriodEnd": f"iso(TIMESTAMP {quoted(month.end)})",
        "ChargeCategory": "l.category",
        "ChargeClass": "l.class",
        "ChargeDescription": _case("l.category = 'Tax'", "'VAT 21%'", "l.service || ', ' || l.meter"),
        "ChargeFrequency": "l.frequency",
        "ChargePeriodStart": "iso(l.charge_start)",
        "ChargePeriodEnd": "iso(l.charge_end)",
        "CommitmentDiscountCategory": _case(_OF_COMMITMENT, "'Spend'"),
        "CommitmentDiscountId": _case(_OF_COMMITMENT, quoted(commitment_id)),
        "CommitmentDiscountName": _case(_OF_COMMITMENT, "'Logs, annual commitment'"),
        "CommitmentDiscountQuantity": _case(_OF_COMMITMENT, committed),
        "CommitmentDiscountStatus": "l.status",
        "CommitmentDiscountType": _case(_OF_COMMITMENT, "'Annual commitment'"),
        "CommitmentDiscountUnit": _case(_OF_COMMITMENT, "l.currency"),
        "ConsumedQuantity": _case(_USAGE, "(l.quantity / 1000)::DECIMAL(18, 3)"),
        "ConsumedUnit": _case(_USAGE, "l.unit"),
        "ContractedCost": contracted_cost,
        "ContractedUnitPrice": contracted_price,
        "EffectiveCost": _money("l.effective"),
        "InvoiceId": f"'INV-PL-{number:08d}-' || l.currency" if is_closed else "null",
        "InvoiceIssuerName": quoted(vendor),
        "ListCost": list_cost,
        "ListUnitPrice": list_price,
        "PricingCategory": _case(_PRICED, _case("l.status IS NOT NULL", "'Committed'", "'Standard'")),
        "PricingCurrency": "l.currency",
        "PricingCurrencyContractedUnitPrice": contracted_price,
        "PricingCurrencyEffectiveCost": _money("l.effective"),
        "PricingCurrencyListUnitPrice": list_price,
        "PricingQuantity": _case(_PRICED, "coalesce(l.quantity / 1000, 0)::DECIMAL(18, 3)"),
        "PricingUnit": _case(_PRICED, _case("l.category = 'Purchase'", "'Months'", "l.unit")),
        "ProviderName": quoted(vendor),
        "PublisherName": quoted(vendor),
        "RegionId": _case("l.sub_account IS NOT NULL", _case(_IN_EUROPE, "'eu-central'", "'us-east'")),
        "RegionName": _case("l.sub_account IS NOT NULL", _case(_IN_EUROPE, "'Europe (Central)'", "'US (East)'")),
        "ResourceId": _case("l.kind = 'saas_unused'", quoted(commitment_id), workspace),
        "ResourceName": _case("l.kind LIKE 'saas_%usage'", resource_name),
        "ResourceType": _case("l.kind = 'saas_unused'", "'Commitment'", resource_type),
        "ServiceCategory": _case("l.category = 'Tax'", "'Other'", "'Management and Governance'"),
        "ServiceName": "l.service",
        "ServiceSubcategory": _case("l.category = 'Tax'", "'Other (Other)'", "'Observability'"),
        "SkuId": "l.sku",
        "SkuMeter": "l.meter",
        "SkuPriceId": "l.sku || '-' || l.currency",
        "SubAccountId": "l.sub_account",
        "SubAccountName": "l.sub_account_name",
        "SubAccountType": _case("l.sub_account IS NOT NULL", "'Workspace'"),
        "Tags": _tags(),
    }
