"""FOCUS's datasets besides Cost and Usage: Contract Commitment (1.3 and 1.4), Billing Period and Invoice Detail (1.4).

Each delivery is one snapshot, as of the facts of the business, and read by the same code. Only what tells a row from
another must be filled, and periods end after they begin; that a provider keeps to the specification otherwise is a
matter of conformance, not of loading.
"""

from __future__ import annotations

from orchestration.formats.base import name_key
from orchestration.formats.fact_base import FactColumn, FactFormat, Rule, may, must

NULL_TEXTS = frozenset({"NULL", "(null)", "None", "null"})
"""Words that stand for nothing in FOCUS files that a spreadsheet or a database wrote."""
_SPECIFICATION = "written in PascalCase, see the FOCUS specification"


def _columns(kind: str, names: str) -> tuple[FactColumn, ...]:
    return tuple(may(name, kind) for name in names.split())


def _ends_after_start(period: str) -> Rule:
    return Rule(f"{period}_end", f"{period}_end <= {period}_start", f"must lie after {period}_start")


CONTRACT_COMMITMENT = FactFormat(
    name="focus_contract_commitment",
    title="FOCUS Contract Commitment",
    grain="contract commitment and period",
    columns=(
        must("contract_id"),
        must("contract_commitment_id"),
        must("contract_commitment_period_start", "timestamp"),
        must("contract_commitment_period_end", "timestamp"),
        *_columns(
            "timestamp",
            "contract_period_start contract_period_end contract_commitment_created contract_commitment_last_updated",
        ),
        *_columns(
            "decimal",
            """contract_commitment_cost contract_commitment_quantity contract_commitment_discount_percentage
            contract_commitment_payment_upfront_percentage pricing_currency_contract_commitment_cost""",
        ),
        *_columns(
            "text",
            """billing_currency contract_commitment_applicability contract_commitment_benefit_category
            contract_commitment_category contract_commitment_description contract_commitment_duration_type
            contract_commitment_fulfillment_interval contract_commitment_lifecycle_status contract_commitment_model
            contract_commitment_offer_category contract_commitment_payment_interval contract_commitment_payment_model
            contract_commitment_type contract_commitment_unit invoice_issuer_name pricing_currency
            service_provider_name""",
        ),
    ),
    rules=(_ends_after_start("contract_commitment_period"),),
    key=("service_provider_name", "contract_id", "contract_commitment_id", "contract_commitment_period_start"),
    null_texts=NULL_TEXTS,
    described_by=_SPECIFICATION,
)

BILLING_PERIOD = FactFormat(
    name="focus_billing_period",
    title="FOCUS Billing Period",
    grain="invoice issuer and billing period",
    columns=(
        must("invoice_issuer_name"),
        must("billing_period_start", "timestamp"),
        must("billing_period_end", "timestamp"),
        must("billing_period_status"),
        *_columns("timestamp", "billing_period_created billing_period_last_updated"),
    ),
    rules=(_ends_after_start("billing_period"),),
    key=("invoice_issuer_name", "billing_period_start", "billing_period_end"),
    null_texts=NULL_TEXTS,
    described_by=_SPECIFICATION,
)

INVOICE_DETAIL = FactFormat(
    name="focus_invoice_detail",
    title="FOCUS Invoice Detail",
    grain="invoice and line of it",
    columns=(
        must("invoice_issuer_name"),
        must("invoice_id"),
        must("invoice_detail_id"),
        must("billing_period_start", "timestamp"),
        must("billing_currency"),
        must("billed_cost", "decimal"),
        *_columns(
            "timestamp",
            """billing_period_end invoice_detail_created invoice_detail_last_updated invoice_issue_date
            payment_due_date""",
        ),
        *_columns("decimal", "payment_currency_billed_cost"),
        *_columns(
            "text",
            """billing_account_id charge_category invoice_detail_description invoice_detail_grain invoice_issue_status
            payment_currency payment_currency_invoice_detail_id payment_terms purchase_order_number
            reference_invoice_id""",
        ),
    ),
    key=("invoice_issuer_name", "invoice_id", "invoice_detail_id"),
    null_texts=NULL_TEXTS,
    described_by=_SPECIFICATION,
)

FOCUS_DATASETS: dict[str, FactFormat] = {fmt.name: fmt for fmt in (CONTRACT_COMMITMENT, BILLING_PERIOD, INVOICE_DETAIL)}
PUBLISHED_AS = {
    "focus_contract_commitment": "contract_commitments",
    "focus_billing_period": "billing_periods",
    "focus_invoice_detail": "invoice_details",
}
"""Format -> name of its published relation."""


def focus_dataset(delivered: list[str]) -> FactFormat | None:
    """Tell which of these datasets a file holds by its column names: the first one of which it has all that must be."""
    keys = {name_key(name) for name in delivered}
    for fmt in FOCUS_DATASETS.values():
        if {name_key(column.name) for column in fmt.columns if column.required} <= keys:
            return fmt
    return None
