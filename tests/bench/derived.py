"""Exports of AWS's other formats, made of the same lines as the benchmark's CUR 2.0.

Belongs here: how a line of CUR 2.0 is written in the legacy report and in FOCUS. It need not be right to the last rule,
only of the same width and kind as what AWS writes: how the product reads it is not derived from it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from orchestration.landing.engine import identifier, literal, read_parquet

_SECTIONS = {
    "identity_": "identity",
    "bill_": "bill",
    "line_item_": "lineItem",
    "pricing_": "pricing",
    "product_": "product",
    "reservation_": "reservation",
    "savings_plan_": "savingsPlan",
    "split_line_item_": "splitLineItem",
}
_NOT_LEGACY = ("bill_payer_account_name", "line_item_usage_account_name", "line_item_iam_principal")

# What AWS's FOCUS export has a value for in these lines; a name for a name, else an expression.
_FOCUS = {
    "AvailabilityZone": "line_item_availability_zone",
    "BilledCost": "case when line_item_line_item_type = 'SavingsPlanCoveredUsage' then 0 else {cost} end",
    "BillingAccountId": "bill_payer_account_id",
    "BillingAccountName": "bill_payer_account_name",
    "BillingCurrency": "line_item_currency_code",
    "BillingPeriodEnd": "bill_billing_period_end_date",
    "BillingPeriodStart": "bill_billing_period_start_date",
    "ChargeCategory": "case when line_item_line_item_type in ('Tax', 'Credit') then line_item_line_item_type "
    "when line_item_line_item_type like '%Fee' then 'Purchase' else 'Usage' end",
    "ChargeClass": "null",
    "ChargeDescription": "line_item_line_item_description",
    "ChargeFrequency": "'Usage-Based'",
    "ChargePeriodEnd": "line_item_usage_end_date",
    "ChargePeriodStart": "line_item_usage_start_date",
    "CommitmentDiscountCategory": "case when savings_plan_savings_plan_a_r_n is not null then 'Spend' "
    "when reservation_reservation_a_r_n is not null then 'Usage' end",
    "CommitmentDiscountId": "{commitment}",
    "CommitmentDiscountName": "null",
    "CommitmentDiscountQuantity": "case when {commitment} is not null then line_item_usage_amount end",
    "CommitmentDiscountStatus": "case when line_item_line_item_type in ('SavingsPlanCoveredUsage', 'DiscountedUsage') "
    "then 'Used' end",
    "CommitmentDiscountType": "case when savings_plan_savings_plan_a_r_n is not null then 'Compute Savings Plans' "
    "when reservation_reservation_a_r_n is not null then 'Reserved Instances' end",
    "CommitmentDiscountUnit": "case when {commitment} is not null then 'USD' end",
    "ConsumedQuantity": "line_item_usage_amount",
    "ConsumedUnit": "pricing_unit",
    "ContractedCost": "{cost}",
    "ContractedUnitPrice": "try_cast(line_item_unblended_rate as double)",
    "EffectiveCost": "case line_item_line_item_type "
    "when 'SavingsPlanCoveredUsage' then savings_plan_savings_plan_effective_cost "
    "when 'DiscountedUsage' then reservation_effective_cost else {cost} end",
    "InvoiceId": "bill_invoice_id",
    "InvoiceIssuerName": "bill_invoicing_entity",
    "ListCost": "coalesce(pricing_public_on_demand_cost, {cost})",
    "ListUnitPrice": "try_cast(pricing_public_on_demand_rate as double)",
    "PricingCategory": "'Standard'",
    "PricingQuantity": "line_item_usage_amount",
    "PricingUnit": "pricing_unit",
    "ProviderName": "'AWS'",
    "PublisherName": "'AWS'",
    "RegionId": "product_region_code",
    "RegionName": "product_location",
    "ResourceId": "line_item_resource_id",
    "ResourceName": "null",
    "ResourceType": "null",
    "ServiceCategory": "'Compute'",
    "ServiceName": "coalesce(product['product_name'], line_item_product_code)",
    "SkuId": "product_sku",
    "SkuPriceId": "pricing_rate_code",
    "SubAccountId": "line_item_usage_account_id",
    "SubAccountName": "line_item_usage_account_name",
    "Tags": "resource_tags",
}


def legacy_csv(cur2: Path, out: Path) -> None:
    """Write the legacy report as CSV.GZ, the columns of maps spread as AWS spreads them."""
    files = _files(cur2)
    with duckdb.connect() as con:
        kinds = {name: kind for name, kind, *_ in con.execute(f"describe from {read_parquet(files)}").fetchall()}
        tags = [
            key
            for (key,) in con.execute(
                f"select distinct unnest(map_keys(resource_tags)) as key from {read_parquet(files)} order by 1"
            ).fetchall()
        ]
    columns = {}
    for name, kind in kinds.items():
        section = next((prefix for prefix in sorted(_SECTIONS, reverse=True) if name.startswith(prefix)), None)
        if section and name not in _NOT_LEGACY:
            words = name[len(section) :].split("_")
            columns[f"{_SECTIONS[section]}/{''.join(word[:1].upper() + word[1:] for word in words)}"] = _text(
                name, kind
            )
    columns["product/ProductName"] = "product['product_name']"
    columns |= {f"resourceTags/user:{key[5:]}": f"resource_tags[{literal(key)}]" for key in tags}
    _write_all(files, columns, "", out, "csv.gz")


def focus_csv(cur2: Path, out: Path) -> None:
    """Write FOCUS as CSV.GZ: numbers and times as text, tags as JSON."""
    names = {"Tags": "to_json(resource_tags)"} | {
        name: _text(column, "TIMESTAMP")
        for name, column in _FOCUS.items()
        if name.endswith(("PeriodStart", "PeriodEnd"))
    }
    money = {name: _text(expression, "DOUBLE") for name, expression in _FOCUS.items() if _is_number(name)}
    _write_all(
        _files(cur2), _focus() | {name: _filled(text) for name, text in (names | money).items()}, _KEPT, out, "csv.gz"
    )


def focus_parquet(cur2: Path, out: Path) -> None:
    """Write FOCUS as Parquet, as AWS does."""
    _write_all(_files(cur2), _focus(), _KEPT, out, "parquet")


_KEPT = "where line_item_line_item_type <> 'SavingsPlanNegation'"


def _focus() -> dict[str, str]:
    return {
        name: f"cast({_filled(expression)} as {'double' if _is_number(name) else 'varchar'})"
        if _is_number(name) or expression == "null"
        else _filled(expression)
        for name, expression in _FOCUS.items()
    }


def _is_number(name: str) -> bool:
    return name.endswith(("Cost", "Quantity", "UnitPrice"))


def _filled(expression: str) -> str:
    commitment = "coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n)"
    return expression.replace("{cost}", "line_item_unblended_cost").replace("{commitment}", commitment)


def _text(expression: str, kind: str) -> str:
    """Write a value as AWS does in CSV: ten decimals at most, times with a Z."""
    if kind == "DOUBLE":
        return f"rtrim(rtrim(cast(cast({expression} as decimal(38, 10)) as varchar), '0'), '.')"
    if kind == "TIMESTAMP":
        return f"strftime({expression}, '%Y-%m-%dT%H:%M:%SZ')"
    return expression


def _files(cur2: Path) -> list[Path]:
    return sorted(cur2.rglob("*.parquet"))


def _write_all(files: list[Path], columns: dict[str, str], where: str, out: Path, ending: str) -> None:
    """Write a file for each file; two at a time, each in a session of its own."""
    out.mkdir(parents=True)
    fields = ", ".join(f"{expression} as {identifier(name)}" for name, expression in columns.items())
    form = "format csv, header, compression gzip" if ending == "csv.gz" else "format parquet, compression snappy"

    def write(path: Path) -> None:
        target = out / f"{path.parent.name.partition('=')[2]}-{path.name.partition('.')[0]}.{ending}"
        with duckdb.connect() as con:
            con.execute("set threads = 1; set memory_limit = '1GB'")
            con.execute(
                f"copy (select {fields} from {read_parquet([path])} {where}) to {literal(str(target))} ({form})"
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, files))
