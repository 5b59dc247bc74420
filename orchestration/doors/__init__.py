"""The two doors: Great Expectations before a delivery is taken in (front) and before numbers are shown (back).

Belongs here: expectations, their running, and the pages that show their results. Does not belong here: tests of
models (dbt runs those), and what happens after a check failed (the landing rejects, ``orchestration.audit`` stops).
"""
