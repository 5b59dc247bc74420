"""Lines that belong to no commitment: support, marketplace, credits, refunds, negotiated discounts and taxes.

Belongs here: one function per kind of line, reading `accounts` and the daily costs. Does not belong here: fees of
commitments (`fees`), and how a line is put together (`fee_lines`).
"""

from .company import PAYER
from .engine import quoted
from .fee_lines import Delivery, Line, add_lines
from .periods import NET_EFFECTIVE
from .usage_columns import invoice_id

_SUPPORT_PERCENT, _TAX_PERCENT, _CREDIT_PERCENT = 3, 7, 10
_GROWTH, _SEARCH, _DATA, _SHARED = "335509921174", "118820047731", "034418820716", "559920013347"


def _month(d: Delivery) -> tuple[str, str]:
    return f"TIMESTAMP {quoted(d.month.start)}", f"TIMESTAMP {quoted(d.month.end)}"


def add_support(d: Delivery) -> None:
    """Add the support fee of a whole month: a share of all that was used, charged to the payer."""
    begin, end = _month(d)
    line = Line(
        kind="support_fee",
        line_type="Fee",
        key="'support'",
        account=quoted(PAYER),
        code="'AWSSupportBusiness'",
        name="'AWS Support (Business)'",
        description=f"'{_SUPPORT_PERCENT}% of monthly AWS usage'",
        begin=begin,
        end=end,
        cost=f"s.cost * {_SUPPORT_PERCENT} // 100",
    )
    source = "(SELECT sum(cost)::BIGINT AS cost FROM day_costs WHERE code NOT LIKE '%market') AS s WHERE s.cost > 0"
    add_lines(
        d,
        line,
        source,
        {"line_item_usage_amount": "usd(s.cost)", "line_item_usage_type": "'Dollar'", "pricing_unit": "'Dollar'"},
    )


def add_one_time_fees(d: Delivery) -> None:
    """Add a domain name in the first month and a contract of the marketplace in every third month."""
    begin, end = _month(d)
    domain = Line(
        kind="one_time_fee",
        line_type="Fee",
        key="'domain'",
        account=quoted(_SHARED),
        code="'AmazonRegistrar'",
        name="'Amazon Registrar'",
        description="'1 Domain Registration harbourline.example'",
        begin=begin,
        end=f"{begin} + INTERVAL 1 HOUR",
        cost="130000000000",
    )
    if d.month.index == 0:
        add_lines(d, domain, "(VALUES (1)) AS v(v)", {"line_item_usage_amount": "1"})
    if d.month.index % 3 == 0:
        contract = Line(
            kind="marketplace_fee",
            line_type="Fee",
            key="'contract'",
            account=quoted(_GROWTH),
            code="'9kx2examplecontractprod'",
            name="'Skylark Audience Insights — \"Plus\" 🚀'",
            description="'AWS Marketplace contract, 3 months'",
            begin=begin,
            end=end,
            cost=f"24000000000000 * {d.copies}",
        )
        issuer = {
            "bill_billing_entity": "'AWS Marketplace'",
            "line_item_legal_entity": "'Skylark Systems Ltd'",
            "line_item_usage_amount": "1",
        }
        if d.refresh.is_final:
            issuer["bill_invoice_id"] = quoted(invoice_id(d.month, d.seed, "marketplace"))
        add_lines(d, contract, "(VALUES (1)) AS v(v)", issuer)


def add_credits_and_refunds(d: Delivery) -> None:
    """Add a credit with the last refresh of a month, and once a refund for storage of the month before."""
    begin, end = _month(d)
    credit = Line(
        kind="credit",
        line_type="Credit",
        key="'credit'",
        account=quoted(_DATA),
        code="'AmazonEC2'",
        name="'Amazon Elastic Compute Cloud'",
        description="'AWS Proof of Concept Program: credit for \"machine learning\"'",
        begin=begin,
        end=end,
        cost=f"-(s.cost * {_CREDIT_PERCENT} // 100)",
    )
    if d.refresh.is_final:
        paid = (
            f"SELECT sum(cost)::BIGINT AS cost FROM day_costs WHERE account_id = {quoted(_DATA)} AND code = 'AmazonEC2'"
        )
        add_lines(d, credit, f"({paid}) AS s WHERE s.cost > 0")
    if d.month.index == 3 and d.refresh.is_complete:
        refund = Line(
            kind="refund",
            line_type="Refund",
            key="'refund'",
            account=quoted(_SEARCH),
            code="'AmazonS3'",
            name="'Amazon Simple Storage Service'",
            description="'Refund for storage charged in error'",
            begin=f"{begin} - INTERVAL 20 DAY",
            end=f"{begin} - INTERVAL 20 DAY + INTERVAL 1 HOUR",
            cost=f"-843712345678 * {d.copies}",
        )
        add_lines(
            d,
            refund,
            "(VALUES (1)) AS v(v)",
            {"bill_bill_type": "'Refund'", "line_item_usage_type": "'TimedStorage-ByteHrs'"},
        )


def add_discounts(d: Delivery) -> None:
    """Add the negotiated discount as lines of its own, where the export shows it so: per account, service and day."""
    if d.month.discount_mode != NET_EFFECTIVE:
        return
    line = Line(
        kind="edp_discount",
        line_type="EdpDiscount",
        key="s.account_id || s.code || s.day",
        account="s.account_id",
        code="s.code",
        name="s.name",
        description="'Enterprise Discount Program discount'",
        begin="s.day::TIMESTAMP",
        end="s.day::TIMESTAMP + INTERVAL 1 DAY",
        cost="s.discount",
        # The net columns of the lines themselves hold the discount already: effective cost must not count it twice.
        effective="0",
    )
    source = """(
        SELECT account_id, code, name, day, (sum(net) - sum(cost))::BIGINT AS discount FROM day_costs
        GROUP BY ALL HAVING sum(net) != sum(cost) ORDER BY ALL) AS s"""
    add_lines(d, line, source)


def add_taxes(d: Delivery) -> None:
    """Add one tax line per account and service, on what is paid after discounts; it spans the month."""
    begin, end = _month(d)
    line = Line(
        kind="tax",
        line_type="Tax",
        key="s.account_id || s.code",
        account="s.account_id",
        code="s.code",
        name="s.name",
        description="'Tax for product code ' || s.code || ' usage type Sales Tax'",
        begin=begin,
        end=end,
        cost=f"s.net * {_TAX_PERCENT} // 100",
    )
    source = """(
        SELECT account_id, code, any_value(name ORDER BY name) AS name, sum(net)::BIGINT AS net FROM day_costs
        GROUP BY account_id, code HAVING sum(net) > 0 ORDER BY account_id, code) AS s"""
    add_lines(d, line, source, {"line_item_tax_type": "'USSalesTax'", "line_item_usage_amount": "1"})
