"""Tests of the search for anomalies."""
