"""Forecasts of daily and monthly cost: methods that compete, intervals that were measured, sums that add up.

Belongs here: everything between daily cost by scope and the tables of forecasts. The steps, in order: `series` (rows
into arrays), `shape` (fees and weeks), `methods` and `drivers` (what comes), `backtest` (what they would have said),
`champion` (who speaks), `landing` (the rest of the open month), `intervals` (how sure), `coherence` (children add up to
parents); `forecasting` is the whole way. Only `inputs` and `tables` know relations; all else is arrays in, arrays out.
Does not belong here: budgets and alerts.
"""
