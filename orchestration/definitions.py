"""What Dagster's web server, daemon and run processes load: the definitions for the settings of this environment.

Belongs here: nothing more. They are made in `job.py`, which can be imported without any settings.
"""

from __future__ import annotations

from orchestration import dagster_home
from orchestration.job import build_definitions
from orchestration.settings import Settings

_settings = Settings.from_env()
dagster_home.prepare(_settings)
defs = build_definitions(_settings)
