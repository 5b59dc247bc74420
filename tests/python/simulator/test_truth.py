"""The truth adds up, and the native columns say the same as the truth."""

from pathlib import Path

from orchestration.simulator import simulate

from .asking import Ask, asker

# Worked out from the native columns alone, as anyone must who has no truth.
_EFFECTIVE = """CASE line_item_line_item_type
    WHEN 'SavingsPlanCoveredUsage' THEN
        units(coalesce(savings_plan_net_savings_plan_effective_cost, savings_plan_savings_plan_effective_cost))
    WHEN 'SavingsPlanNegation' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0
    WHEN 'DiscountedUsage' THEN units(coalesce(reservation_net_effective_cost, reservation_effective_cost))
    WHEN 'RIFee' THEN
        units(coalesce(reservation_net_unused_amortized_upfront_fee_for_billing_period,
            reservation_unused_amortized_upfront_fee_for_billing_period))
        + units(coalesce(reservation_net_unused_recurring_fee, reservation_unused_recurring_fee))
    WHEN 'EdpDiscount' THEN 0
    WHEN 'Fee' THEN CASE WHEN reservation_reservation_a_r_n IS NULL THEN {paid} ELSE 0 END
    WHEN 'Refund' THEN CASE WHEN line_item_line_item_description LIKE 'Refund for one-time fee for Savings Plan ID%'
        THEN 0 ELSE {paid} END
    ELSE {paid} END""".format(paid="units(coalesce(line_item_net_unblended_cost, line_item_unblended_cost))")


def test_billed_cost_of_the_truth_is_what_the_newest_delivery_bills(ask: Ask) -> None:
    rows = ask("""
        SELECT d.billing_month, d.row_count, t.row_count, d.delivered_cost, t.billed_cost
        FROM deliveries AS d JOIN totals AS t USING (source_name, billing_month) WHERE d.is_newest""")
    assert len(rows) == 6
    for month, delivered_rows, true_rows, delivered, billed in rows:
        assert (delivered_rows, delivered) == (true_rows, billed), month


def test_delivered_cost_is_the_sum_of_the_native_column(ask: Ask) -> None:
    native = ask("""
        SELECT CAST(bill_billing_period_start_date AS DATE), count(*), sum(units(CASE
            WHEN bill_billing_period_start_date >= TIMESTAMP '2026-09-01' THEN
                coalesce(line_item_net_unblended_cost, line_item_unblended_cost) ELSE line_item_unblended_cost END))
        FROM cur GROUP BY ALL ORDER BY 1""")
    truth = ask("""
        SELECT billing_month, row_count, truth_units(delivered_cost) FROM deliveries WHERE is_newest ORDER BY 1""")
    assert native == truth


def test_effective_cost_is_billed_less_upfront_fees_plus_what_they_amortize_to(ask: Ask) -> None:
    rows = ask("SELECT billed_cost - upfront_billed_cost + amortized_upfront_cost - effective_cost FROM totals")
    assert len(rows) == 42
    assert {row[0] for row in rows} == {0}


def test_what_a_commitment_costs_is_used_or_unused(ask: Ask) -> None:
    rows = ask("""
        SELECT c.commitment_key, c.billing_month, net_committed_cost - net_used_cost - net_unused_cost,
            min(net_used_cost), min(net_unused_cost), sum(l.effective_cost) - min(net_committed_cost)
        FROM commitments AS c JOIN lines AS l USING (commitment_id, billing_month)
        WHERE c.source_name <> 'gcp_billing'  -- a line of Google's may be covered in part, and costs the rest itself
        GROUP BY ALL""")
    assert len(rows) > 30
    for key, month, difference, used, unused, of_lines in rows:
        assert difference == 0, (key, month)
        assert used >= 0, (key, month)
        assert unused >= 0, (key, month)
        assert of_lines == 0, (key, month)


def test_upfront_fees_and_their_refund_have_no_effective_cost(ask: Ask) -> None:
    kinds = "('upfront_fee', 'upfront_refund', 'reservation_upfront_fee', 'commitment_purchase')"
    rows = ask(f"SELECT kind, sum(abs(effective_cost)), count(*) FROM lines WHERE kind IN {kinds} GROUP BY ALL")
    assert len(rows) == 4
    assert {row[1] for row in rows} == {0}


def test_native_columns_give_the_true_effective_cost_of_every_line_but_recurring_fees(ask: Ask) -> None:
    wrong = ask(f"""
        SELECT l.kind, count(*) FROM (SELECT DISTINCT * FROM lines) AS l
        JOIN (SELECT DISTINCT identity_line_item_id AS line_id, line_item_line_item_type, {_EFFECTIVE} AS effective
            FROM cur) AS c
            USING (line_id)
        WHERE line_item_line_item_type != 'SavingsPlanRecurringFee' AND c.effective != truth_units(l.effective_cost)
        GROUP BY ALL""")
    assert wrong == []


def test_recurring_fees_tell_what_was_not_used_of_each_plan_before_and_after_discounts(ask: Ask) -> None:
    gross = ask("""
        SELECT count(*), count(*) FILTER (
            units(savings_plan_total_commitment_to_date) - units(savings_plan_used_commitment)
                != truth_units(l.gross_effective_cost))
        FROM cur JOIN lines AS l ON l.line_id = identity_line_item_id
        WHERE line_item_line_item_type = 'SavingsPlanRecurringFee'""")
    assert gross[0][0] > 8000
    assert gross[0][1] == 0
    net = ask("""
        SELECT savings_plan_savings_plan_a_r_n, CAST(bill_billing_period_start_date AS DATE),
            sum(units(coalesce(savings_plan_net_amortized_upfront_commitment_for_billing_period, 0))
                + units(coalesce(savings_plan_net_recurring_commitment_for_billing_period, 0))
                - units(coalesce(savings_plan_net_savings_plan_effective_cost, 0)))
        FROM cur
        WHERE line_item_line_item_type IN ('SavingsPlanRecurringFee', 'SavingsPlanCoveredUsage')
            AND bill_billing_period_start_date >= TIMESTAMP '2026-07-01'
        GROUP BY ALL ORDER BY ALL""")
    truth = ask("""
        SELECT commitment_id, billing_month, truth_units(net_unused_cost) FROM commitments
        WHERE source_name = 'aws_payer' AND commitment_type = 'SP' AND committed_cost > 0
            AND billing_month >= DATE '2026-07-01' ORDER BY ALL""")
    assert net == truth
    assert len(net) == 10


def test_covered_usage_and_its_negation_cancel_out_per_plan_and_hour(ask: Ask) -> None:
    rows = ask("""
        SELECT sum(units(line_item_unblended_cost)), sum(units(coalesce(line_item_net_unblended_cost, 0))),
            count(*) FILTER (line_item_line_item_type = 'SavingsPlanNegation'), count(*)
        FROM cur WHERE line_item_line_item_type IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
        GROUP BY savings_plan_savings_plan_a_r_n, identity_time_interval, line_item_resource_id""")
    assert len(rows) > 10_000
    assert set(rows) == {(0, 0, 1, 2)}


def test_used_commitment_of_an_hour_is_the_effective_cost_of_what_it_covered(ask: Ask) -> None:
    wrong = ask("""
        SELECT savings_plan_savings_plan_a_r_n, identity_time_interval FROM cur
        WHERE savings_plan_savings_plan_a_r_n IS NOT NULL AND line_item_line_item_type != 'SavingsPlanUpfrontFee'
            GROUP BY ALL
        HAVING sum(units(coalesce(savings_plan_used_commitment,
            0))) != sum(units(coalesce(savings_plan_savings_plan_effective_cost, 0)))""")
    assert wrong == []


def test_reservation_fee_lines_are_the_reserved_hours_less_the_used_ones(ask: Ask) -> None:
    wrong = ask("""
        SELECT f.reservation_reservation_a_r_n FROM cur AS f
        WHERE line_item_line_item_type = 'RIFee'
            AND round(reservation_total_reserved_units::DOUBLE - reservation_unused_quantity, 3) != (
            SELECT round(coalesce(sum(u.line_item_usage_amount), 0), 3) FROM cur AS u
            WHERE u.line_item_line_item_type = 'DiscountedUsage'
                AND u.reservation_reservation_a_r_n = f.reservation_reservation_a_r_n
                AND u.bill_billing_period_start_date = f.bill_billing_period_start_date)""")
    assert wrong == []


def test_both_discount_modes_take_the_same_off(ask: Ask) -> None:
    lines, columns = ask("""
        SELECT
            sum(units(line_item_net_unblended_cost) - units(line_item_unblended_cost))
                FILTER (line_item_net_unblended_cost IS NOT NULL),
            coalesce(sum(units(line_item_unblended_cost)) FILTER (line_item_line_item_type = 'EdpDiscount'), 0),
            coalesce(sum(units(discount_total_discount)), 0)
        FROM cur WHERE bill_billing_period_start_date >= TIMESTAMP '2026-07-01'
        GROUP BY bill_billing_period_start_date >= TIMESTAMP '2026-09-01'
            ORDER BY bill_billing_period_start_date >= TIMESTAMP '2026-09-01'""")
    assert lines[0] == lines[1] < 0
    assert lines[2] == 0
    assert columns[0] == columns[2] < 0
    assert columns[1] == 0


def test_focus_file_holds_exactly_the_true_amounts(ask: Ask) -> None:
    costs = ("BilledCost", "EffectiveCost", "ListCost")
    sums = ", ".join([*(f"sum({cost}::DECIMAL(38, 10))" for cost in costs), "count(*)"])
    native = ask(
        f"SELECT BillingCurrency, left(BillingPeriodStart, 7) AS month, {sums} FROM saas GROUP BY ALL ORDER BY ALL"
    )
    truth = ask("""
        SELECT billing_currency, strftime(billing_month, '%Y-%m'), billed_cost, effective_cost, list_cost, row_count
        FROM totals WHERE source_name = 'saas_focus' ORDER BY ALL""")
    assert native == truth
    assert len(native) == 12


def test_a_commitment_costs_over_its_life_what_was_paid_for_it(tmp_path: Path) -> None:
    ask = asker(simulate(tmp_path / "long", months=14).out)
    rows = ask("""
        SELECT c.commitment_key, sum(l.effective_cost) - sum(l.billed_cost)
        FROM lines AS l JOIN (SELECT DISTINCT commitment_id, commitment_key FROM commitments) AS c USING (commitment_id)
        WHERE c.commitment_key IN ('sp-ec2', 'sp-big', 'sp-mistake', 'ri-node') GROUP BY ALL""")
    differences = dict(rows)
    assert differences["sp-mistake"] == differences["ri-node"] == 0
    # Where discounts are lines of their own, the plans' share of them stands there: six percent of the recurring fees.
    fees = "SELECT sum(billed_cost) FROM lines WHERE kind = 'recurring_fee'"
    discount = ask(f"{fees} AND billing_month IN (DATE '2026-07-01', DATE '2026-08-01')")[0][0] * 6 / 100
    assert differences["sp-ec2"] + differences["sp-big"] == -discount
