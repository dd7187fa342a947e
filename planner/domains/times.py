"""Owns the steps that functions of time make: the first moment at which one reaches a value, and the first at which it passes it.

A step function never descends, and is null for null alone. For such an `f` the comparison
`f(x) >= v` says `x >= reach(v)`, and `f(x) > v` says `x >= beyond(v)`; of these two all others
are made. Dates are taken as their midnights.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

EPOCH = dt.datetime(1970, 1, 1)
MONDAY = dt.datetime(1970, 1, 5)
FIRST_YEAR, LAST_YEAR = 1, 9998
_WIDTHS = {
    "microsecond": dt.timedelta(microseconds=1),
    "millisecond": dt.timedelta(milliseconds=1),
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = (*_WIDTHS, "week", *_MONTHS)
_TEXT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?")
_INTERVAL = re.compile(r"(\d+) *(microsecond|millisecond|second|minute|hour|day|week)s?", re.I)


class Beyond(ValueError):
    """A moment lies outside of the years that are reckoned with."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step function.

    Args:
        name: as people read it: `date_trunc('month')`.
        reach: the first argument whose value is at least this.
        beyond: the first argument whose value is more than this.
        unit: of a truncation, its unit.
    """

    name: str
    reach: Callable[[Any], Any]
    beyond: Callable[[Any], Any]
    unit: str | None = None


def truncation(unit: str) -> Step | None:
    """Return `date_trunc(unit, …)`; None for a unit that it does not know."""
    name = f"date_trunc('{unit}')"
    if unit in _MONTHS:
        return _monthly(name, _MONTHS[unit], unit)
    if unit == "week":
        return binned(name, dt.timedelta(days=7), MONDAY, unit)
    return binned(name, _WIDTHS[unit], EPOCH, unit) if unit in _WIDTHS else None


def day_of_time() -> Step:
    """Return the cast of a time to its day."""
    return binned("CAST(… AS DATE)", _WIDTHS["day"], EPOCH, "day")


def binned(name: str, width: dt.timedelta, origin: dt.datetime, unit: str | None = None) -> Step:
    """Return rounding down to multiples of a width after an origin."""

    def floor(value: dt.datetime) -> dt.datetime:
        return origin + (value - origin) // width * width

    def reach(value: dt.datetime) -> dt.datetime:
        return _within(value if floor(value) == value else floor(value) + width)

    return Step(name, reach, lambda value: _within(floor(value) + width), unit)


def _monthly(name: str, count: int, unit: str) -> Step:
    def first(number: int) -> dt.datetime:
        return _within(dt.datetime(number // 12, number % 12 + 1, 1))

    def number(value: dt.datetime) -> int:
        return (value.year * 12 + value.month - 1) // count * count

    def reach(value: dt.datetime) -> dt.datetime:
        return value if first(number(value)) == value else first(number(value) + count)

    return Step(name, reach, lambda value: first(number(value) + count), unit)


def year_of_time() -> Step:
    """Return `date_part('year', …)`, whose values are whole numbers."""

    def first(year: int) -> dt.datetime:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Beyond(f"the year {year}")
        return dt.datetime(year, 1, 1)

    return Step("date_part('year')", first, lambda year: first(year + 1))


def _within(value: dt.datetime) -> dt.datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Beyond(f"the year {value.year}")
    return value


def edges(steps: Sequence[Step], value: Any) -> tuple[dt.datetime, dt.datetime]:
    """Return where steps, outermost first, reach a value together, and where they pass it; both the same where none has it.

    Raises:
        Beyond: one of them is outside of the years 1 to 9998.
    """
    try:
        low, high = steps[0].reach(value), steps[0].beyond(value)
        for step in steps[1:]:
            low, high = step.reach(low), step.reach(high)
    except OverflowError as overflow:
        raise Beyond("the years 1 to 9998") from overflow
    return low, high


#: Formats that say a whole period, with the unit of it, and how its text is made.
FORMATS = {"%Y": "year", "%Y-%m": "month", "%Y%m": "month", "%Y-%m-%d": "day", "%F": "day", "%Y%m%d": "day", "%Y/%m/%d": "day"}


def period(format: str, text: str) -> tuple[dt.datetime, str] | None:
    """Return the first moment and the unit of what is written so; None where no time of the years 1 to 9998 is.

    Raises:
        Beyond: it may be a time outside of those years.

    >>> period("%Y-%m", "2013-05"), period("%Y-%m", "2013-5")
    ((datetime.datetime(2013, 5, 1, 0, 0), 'month'), None)
    """
    if text[:1] in "+-" or len(text) > len("2013-05-01"):
        raise Beyond("the years 1 to 9998")
    try:
        found = dt.datetime.strptime(text, format.replace("%F", "%Y-%m-%d"))
    except ValueError:
        found = None
    if text.startswith("0000") or (found is not None and found.year > LAST_YEAR):
        raise Beyond("the years 1 to 9998")
    if found is None or f"{found.year:04}" != text[:4] or _written(found, format) != text:
        return None
    return found, FORMATS[format]


def _written(moment: dt.datetime, format: str) -> str:
    parts = {"%Y": f"{moment.year:04}", "%m": f"{moment.month:02}", "%d": f"{moment.day:02}"}
    text = format.replace("%F", "%Y-%m-%d")
    for mark, value in parts.items():
        text = text.replace(mark, value)
    return text


def read_moment(text: str) -> dt.datetime | None:
    """Return a date or timestamp as SQL writes it, without a zone and with at most six digits of the second; None for other texts.

    >>> read_moment("2013-05-01 10:00"), read_moment("2013-02-30")
    (datetime.datetime(2013, 5, 1, 10, 0), None)
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, rest = found.groups()
    try:
        return dt.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), int((rest or "").ljust(6, "0"))
        )
    except ValueError:
        return None


def write_moment(value: dt.datetime) -> str:
    """Return a timestamp as SQL writes it."""
    return f"{value.year:04}-{value:%m-%d %H:%M:%S}" + (f".{value.microsecond:06}" if value.microsecond else "")


def read_width(text: str) -> dt.timedelta | None:
    """Return an interval of one unit that has one length wherever it begins; None for others, and for none at all."""
    found = _INTERVAL.fullmatch(text.strip())
    if found is None or not int(found[1]):
        return None
    unit = found[2].lower()
    width = dt.timedelta(days=7) if unit == "week" else _WIDTHS[unit]
    return int(found[1]) * width
