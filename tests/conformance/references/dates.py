"""Owns days, weeks and months by the calendar of Python, day by day where that is simplest."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

__all__ = ["after", "before", "date", "datetime", "months", "timedelta"]


def months(later: date, earlier: date) -> float:
    """Return the months between two days, with 31sts between days of other numbers."""
    whole = (later.year - earlier.year) * 12 + later.month - earlier.month
    both_last = all(one.day == calendar.monthrange(one.year, one.month)[1] for one in (later, earlier))
    return float(whole) if both_last or later.day == earlier.day else round(whole + (later.day - earlier.day) / 31, 8)


def after(day: date, weekday: int) -> date:
    """Return the first day behind one that is a day of the week, Monday 0."""
    day += timedelta(days=1)
    while day.weekday() != weekday:
        day += timedelta(days=1)
    return day


def before(day: date, weekday: int) -> date:
    """Return the last day before one that is a day of the week, Monday 0."""
    day -= timedelta(days=1)
    while day.weekday() != weekday:
        day -= timedelta(days=1)
    return day
