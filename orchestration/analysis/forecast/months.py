"""Months and days, as far as forecasts count them.

Belongs here: arithmetic of the calendar. Does not belong here: cost.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np


def first_of(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Return the first day of the month so many months later."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def last_of(day: date) -> date:
    """Return the last day of the month."""
    return add_months(first_of(day), 1) - timedelta(days=1)


def is_month_end(day: date) -> bool:
    """Tell whether the next day begins a month."""
    return (day + timedelta(days=1)).day == 1


class Days:
    """Consecutive days as arrays: weekday, day of the month from its begin, from its end, number of the month."""

    def __init__(self, start: date, length: int) -> None:
        """Lay out `length` days from `start` on."""
        self.start, self.length = start, length
        days = np.datetime64(start, "D") + np.arange(length)
        months = days.astype("datetime64[M]")
        self.weekday = (days.astype(np.int64) + 3) % 7
        self.month_day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        self.from_end = ((months + 1).astype("datetime64[D]") - days).astype(np.int64)
        self.month = months.astype(np.int64)

    @property
    def last(self) -> date:
        """The last day there is; the day before `start` where there is none."""
        return self.start + timedelta(days=self.length - 1)
