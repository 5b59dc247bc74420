"""Which moment it is for the figures: now, but for a made-up company the moment that it lives in.

When something was done here (a delivery arrived, a month was closed) is always told by this machine's own clock; see
`now` in `landing/delivery.py`.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestration.errors import FinopsError
from orchestration.sources import load_sources_file

if TYPE_CHECKING:
    from orchestration.settings import Settings


def moment(settings: Settings) -> datetime:
    """Give the moment that figures speak of, as naive UTC."""
    return made_up_moment(settings) or datetime.now(UTC).replace(tzinfo=None)


def made_up_moment(settings: Settings) -> datetime | None:
    """Give the moment in which a made-up company lives; None for all others."""
    wanted = load_sources_file(settings).simulate
    if not wanted:
        return None
    from orchestration.simulator.simulate import Parameters  # noqa: PLC0415 - seldom needed

    asked = {field.name: wanted[field.name] for field in fields(Parameters) if field.name in wanted}
    try:
        return Parameters(**asked).today
    except (ValueError, TypeError) as error:
        raise FinopsError(
            f"{settings.sources_file}: 'simulate:' does not tell in which month the made-up company lives ({error}); "
            "correct it, or remove it to load exports of your own."
        ) from error
