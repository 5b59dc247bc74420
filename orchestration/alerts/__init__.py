"""Alerts on their way to people: which of the published feed have fired, where they go, that they went.

What deserves an alert is decided by models (`models/ops/alerts`) and shown as `alerts`; here it is delivered, after a
publication or, where a run failed, because of that. Nothing here can stop a publication: what could not be sent is
recorded, told in the run report, and tried again by the next run.
"""

from __future__ import annotations
