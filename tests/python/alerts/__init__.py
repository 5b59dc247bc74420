"""Alerts: what is sent, where, when again, and what a bad day of the other side does to a run."""
