"""Tests of the forecasts: rules that every step keeps, on series that a person can picture."""
