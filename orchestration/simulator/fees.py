"""Lines of the commitments: recurring fees, upfront fees, the fee line of a reservation, and a plan that was returned.

Belongs here: one function per kind of line, reading `commitments` and the aggregates of the usage. Does not belong
here:
fees that have nothing to do with a commitment (`charges`), and how a line is put together (`fee_lines`).
"""

from dataclasses import replace
from datetime import timedelta

from .engine import quoted
from .fee_lines import Delivery, Line, add_lines
from .usage_columns import invoice_id


def add_recurring_fees(d: Delivery) -> None:
    """Add one line per Savings Plan and hour of its term, the hours without any use too."""
    k = d.copies
    total, net_total = f"(b.amortized + b.recurring) * {k}", f"(b.net_amortized + b.net_recurring) * {k}"
    used, net_used = "coalesce(p.used, 0)::BIGINT", "coalesce(p.net_used, 0)::BIGINT"
    unused = f"{total} - {used}"
    line = Line(
        kind="recurring_fee",
        line_type="SavingsPlanRecurringFee",
        key="b.commitment || h.hi",
        account="b.account_id",
        code="b.code",
        name="'Savings Plans for AWS Compute usage'",
        description="'1 year ' || b.payment_option || ' ' || b.offering",
        begin="h.h",
        end="h.h + INTERVAL 1 HOUR",
        cost=f"b.recurring * {k}",
        net=f"b.net_recurring * {k}",
        effective=f"{net_total} - {net_used}" if d.month.is_discounted else unused,
        gross=unused,
        commitment="b.arn",
    )
    more = _plan_terms() | {
        "line_item_usage_amount": "1",
        "line_item_usage_type": "CASE WHEN b.region = '' THEN '' ELSE b.region || '-' END || "
        "'ComputeSP:1yr' || replace(b.payment_option, ' ', '')",
        "pricing_unit": "'Hrs'",
        "savings_plan_total_commitment_to_date": f"usd({total})",
        "savings_plan_used_commitment": f"usd({used})",
        "savings_plan_recurring_commitment_for_billing_period": f"usd(b.recurring * {k})",
        "savings_plan_amortized_upfront_commitment_for_billing_period": f"usd(b.amortized * {k})",
        "savings_plan_savings_plan_rate": f"usd({total})",
    }
    if d.month.is_discounted:
        more["savings_plan_net_recurring_commitment_for_billing_period"] = f"usd(b.net_recurring * {k})"
        more["savings_plan_net_amortized_upfront_commitment_for_billing_period"] = f"usd(b.net_amortized * {k})"
    source = f"""commitments AS b
        JOIN hours AS h ON h.h >= b.starts AND h.h < b.ends AND h.hi < {d.refresh.hours}
        LEFT JOIN (SELECT commitment, hi, sum(used) AS used, sum(net_used) AS net_used FROM plan_hours
            GROUP BY ALL) AS p
            ON p.commitment = b.commitment AND p.hi = h.hi
        WHERE b.type = 'SP' AND b.returned_at IS NULL ORDER BY b.commitment, h.hi"""
    add_lines(d, line, source, more)


def _plan_terms() -> dict[str, str]:
    return {
        "savings_plan_savings_plan_a_r_n": "b.arn",
        "savings_plan_start_time": "iso(b.starts)",
        "savings_plan_end_time": "iso(b.ends)",
        "savings_plan_offering_type": "b.offering",
        "savings_plan_payment_option": "b.payment_option",
        "savings_plan_purchase_term": "'1yr'",
        "savings_plan_region": "nullif(b.region, '')",
        "savings_plan_instance_type_family": "nullif(b.instance_type, '')",
        "line_item_resource_id": "b.arn",
    }


def _reservation_terms() -> dict[str, str]:
    return {
        "reservation_reservation_a_r_n": "b.arn",
        "reservation_subscription_id": "right(b.arn, 12)",
        "reservation_start_time": "iso(b.starts)",
        "reservation_end_time": "iso(b.ends)",
        "reservation_modification_status": "'Original'",
        "reservation_units_per_reservation": "'1.0'",
        "pricing_term": "'Reserved'",
        "pricing_purchase_option": "b.payment_option",
        "pricing_lease_contract_length": "'1yr'",
        "pricing_offering_class": "'standard'",
        "line_item_usage_type": "'HeavyUsage:' || b.instance_type",
        "line_item_operation": "'RunInstances'",
        "product_region_code": "b.region",
        "product_instance_type": "b.instance_type",
    }


def add_reservation_fees(d: Delivery) -> None:
    """Add one line per reservation, dated on its first day of the month; in an open month it is the fee to date."""
    k, start = d.copies, f"TIMESTAMP {quoted(d.month.start)}"
    until = f"TIMESTAMP {quoted(d.month.start + timedelta(hours=d.refresh.hours))}"
    hourly, net_hourly = "(b.amortized + b.recurring)", "(b.net_amortized + b.net_recurring)"
    unused = f"{hourly} * b.reserved - b.used"
    line = Line(
        kind="reservation_fee",
        line_type="RIFee",
        key="b.commitment",
        account="b.account_id",
        code="b.code",
        name="b.code",
        description="'USD hourly fee per ' || b.instance_type || ' reserved instance'",
        begin=f"greatest(b.starts, {start})",
        end=f"least(b.ends, TIMESTAMP {quoted(d.month.end)})",
        cost="b.recurring * b.reserved",
        net="b.net_recurring * b.reserved",
        effective=f"{net_hourly} * b.reserved - b.net_used" if d.month.is_discounted else unused,
        gross=unused,
        commitment="b.arn",
    )
    rest = "(b.reserved * 1000 - b.quantity)"
    more = _reservation_terms() | {
        "line_item_usage_amount": "b.reserved",
        "pricing_unit": "'Hrs'",
        "reservation_number_of_reservations": f"(b.units * {k})::VARCHAR",
        "reservation_total_reserved_units": "b.reserved || '.0'",
        "reservation_total_reserved_normalized_units": "(b.reserved * 8) || '.0'",
        "reservation_normalized_units_per_reservation": "'8.0'",
        "reservation_unused_quantity": f"{rest} / 1000",
        "reservation_unused_normalized_unit_quantity": f"{rest} * 8 / 1000",
        "reservation_upfront_value": f"usd(b.upfront * {k})",
        "reservation_amortized_upfront_fee_for_billing_period": "usd(b.amortized * b.reserved)",
        "reservation_unused_amortized_upfront_fee_for_billing_period": f"usd(b.amortized * {rest} // 1000)",
        "reservation_unused_recurring_fee": f"usd(b.recurring * {rest} // 1000)",
    }
    if d.month.is_discounted:
        more |= {
            "reservation_net_upfront_value": f"usd(b.upfront * {k} // nullif(b.amortized, 0) * b.net_amortized)",
            "reservation_net_amortized_upfront_fee_for_billing_period": "usd(b.net_amortized * b.reserved)",
            "reservation_net_unused_amortized_upfront_fee_for_billing_period": f"usd(b.net_amortized * {rest} // 1000)",
            "reservation_net_unused_recurring_fee": f"usd(b.net_recurring * {rest} // 1000)",
        }
    source = f"""(
        SELECT c.*, date_diff('hour', greatest(c.starts, {start}), least(c.ends, {until})) * c.units * {k} AS reserved,
            coalesce(u.quantity, 0)::BIGINT AS quantity, coalesce(u.used, 0)::BIGINT AS used, coalesce(u.net_used,
                0)::BIGINT AS net_used
        FROM commitments AS c
        LEFT JOIN (SELECT commitment, sum(quantity) AS quantity, sum(used) AS used, sum(net_used) AS net_used
            FROM reserved GROUP BY ALL)
            AS u ON u.commitment = c.commitment
        WHERE c.type = 'RI' AND c.starts < {until} AND c.ends > {start} ORDER BY c.commitment) AS b"""
    add_lines(d, line, source, more)


def add_upfront_fees(d: Delivery) -> None:
    """Add what is paid once: upfront fees in the hour of the purchase, and the refund of the plan that was returned."""
    k, start = d.copies, f"TIMESTAMP {quoted(d.month.start)}"
    until = f"TIMESTAMP {quoted(d.month.start + timedelta(hours=d.refresh.hours))}"
    plan = Line(
        kind="upfront_fee",
        line_type="SavingsPlanUpfrontFee",
        key="b.commitment",
        account="b.account_id",
        code="b.code",
        name="'Savings Plans for AWS Compute usage'",
        description="'Sign up charge for Savings Plan ID: ' || right(b.arn, 36)",
        begin="b.starts",
        end="b.starts + INTERVAL 1 HOUR",
        cost=f"b.upfront * {k}",
        effective="0",
        commitment="b.arn",
    )
    bought = f"commitments AS b WHERE b.upfront > 0 AND b.starts >= {start} AND b.starts < {until}"
    purchase = {
        "bill_bill_type": "'Purchase'",
        "line_item_usage_amount": "1",
        "bill_invoice_id": quoted(invoice_id(d.month, d.seed, "purchase")),
    }
    add_lines(d, plan, f"{bought} AND b.type = 'SP' ORDER BY b.commitment", _plan_terms() | purchase)
    fee = replace(
        plan,
        kind="reservation_upfront_fee",
        line_type="Fee",
        name="b.code",
        description="'Sign up charge for subscription: ' || right(b.arn, 12)",
    )
    add_lines(d, fee, f"{bought} AND b.type = 'RI' ORDER BY b.commitment", _reservation_terms() | purchase)
    # As AWS writes it: no plan ARN, and the dates of the purchase, which lie in the month before.
    refund = replace(
        plan,
        kind="upfront_refund",
        line_type="Refund",
        cost=f"-b.upfront * {k}",
        description="'Refund for one-time fee for Savings Plan ID ' || right(b.arn, 36)",
    )
    returned = f"commitments AS b WHERE b.returned_at >= {start} AND b.returned_at < {until}"
    add_lines(d, refund, returned, {"bill_bill_type": "'Refund'"})
