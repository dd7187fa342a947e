"""Owns how a person writes a value as text: on the command line, in the environment, in TOML.

In: text and a type. Out: the Python object of a `Value` of that type. A neighbour of
`coerce.py`, which takes Python objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from ..dialect.types import FLOATS, DataType
from .coerce import coerce

_WHOLE = re.compile(r"[+-]?[0-9]+\Z")
_PART = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([a-zµ]+)\s*(?:,|and\b)?", re.IGNORECASE)
_MONTHS = {"month": 1, "mon": 1, "year": 12, "decade": 120, "century": 1200}
_DAYS = {"day": 1, "week": 7}
_NANOS = {
    "hour": 3600 * 10**9,
    "minute": 60 * 10**9,
    "second": 10**9,
    "millisecond": 10**6,
    "microsecond": 10**3,
    "nanosecond": 1,
    **{"h": 3600 * 10**9, "min": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "µs": 10**3, "ns": 1},
}


def parse_text(text: str, type: DataType) -> object:
    """Return the Python object that text means for a type, None for `null`.

    Raises:
        ValueError: the text is no value of this type; says why.
    """
    if type.name == "VARCHAR":
        return coerce(text, type).value
    bare = text.strip()
    if bare.lower() == "null":
        return None
    reader = _READERS.get(type.name) or (_integer if type.is_integer else _float if type.name in FLOATS else None)
    if reader is None:
        raise ValueError(f"a value of type {type} can't be written as text")
    return coerce(reader(bare, type), type).value


def parse_interval(text: str) -> tuple[int, int, int]:
    """Return an interval such as `1 month -2 days 3.5 hours` as months, days and nanoseconds.

    Raises:
        ValueError: a word is no unit, or a part of a month or of a day was asked for.

    >>> parse_interval("1 year 2 days 1.5 seconds")
    (12, 2, 1500000000)
    """
    totals, at = [0, 0, 0], 0
    while at < len(text):
        found = _PART.match(text, at)
        if not found:
            raise ValueError(f"`{text}` is no interval; expected `1 month 2 days 3 hours`")
        slot, size = _unit(found[2])
        amount = Decimal(found[1]) * size
        if amount != int(amount):
            raise ValueError(f"`{found[0].strip()}` is no whole number of months, days or nanoseconds")
        totals[slot] += int(amount)
        at = found.end()
    if not text.strip():
        raise ValueError("an empty text is no interval")
    return totals[0], totals[1], totals[2]


def _unit(word: str) -> tuple[int, int]:
    lower = word.lower()
    for name in (lower, lower.removesuffix("s"), "century" if lower == "centuries" else lower):
        for slot, table in enumerate((_MONTHS, _DAYS, _NANOS)):
            if name in table:
                return slot, table[name]
    raise ValueError(f"`{word}` is no unit of time")


def _integer(text: str, type: DataType) -> object:
    if not _WHOLE.match(text):
        raise ValueError(f"`{text}` is no whole number")
    return int(text)


def _float(text: str, type: DataType) -> object:
    try:
        return float(text if "_" not in text else "?")
    except ValueError:
        raise ValueError(f"`{text}` is no number") from None


def _decimal(text: str, type: DataType) -> object:
    try:
        return Decimal(text if "_" not in text else "?")
    except InvalidOperation:
        raise ValueError(f"`{text}` is no number") from None


def _boolean(text: str, type: DataType) -> object:
    words = {"true": True, "false": False, "t": True, "f": False}
    if text.lower() not in words:
        raise ValueError(f"`{text}` is neither `true` nor `false`")
    return words[text.lower()]


def _date(text: str, type: DataType) -> object:
    return parse_date(text)


def parse_date(text: str) -> date:
    """Return a date in ISO form, `2013-01-31`; raises ValueError with a reason."""
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise ValueError(f"`{text}` is no date; expected `2013-01-31` ({cause})") from None


def _timestamp(text: str, type: DataType) -> object:
    return parse_timestamp(text, type)


def parse_timestamp(text: str, type: DataType) -> datetime:
    """Return a timestamp in ISO form; without a zone in the text UTC is meant where the type has one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise ValueError(f"`{text}` is no timestamp; expected `2013-01-31 12:00:00` ({cause})") from None
    if type.zone and found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found


def _time(text: str, type: DataType) -> object:
    try:
        return time.fromisoformat(text)
    except ValueError as cause:
        raise ValueError(f"`{text}` is no time; expected `12:30:00` ({cause})") from None


def _interval(text: str, type: DataType) -> object:
    return parse_interval(text)


def _duration(text: str, type: DataType) -> object:
    months, days, nanos = parse_interval(text)
    if months or nanos % 1000:
        raise ValueError(f"`{text}` is no duration in days, hours, minutes, seconds and microseconds")
    return timedelta(days=days, microseconds=nanos // 1000)


def _bytes(text: str, type: DataType) -> object:
    digits = re.sub(r"\A(\\x|0x|x')", "", text, flags=re.IGNORECASE).removesuffix("'")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"`{text}` is no hexadecimal text such as `00ff`") from None


def _list(text: str, type: DataType) -> object:
    element = type.fields[0].type
    if text.startswith("["):
        return _json(text, type)
    return tuple(parse_text(one.strip(), element) for one in text.split(",")) if text else ()


def _json(text: str, type: DataType) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as cause:
        raise ValueError(f"`{text}` is no JSON text for {type} ({cause})") from None


_READERS: dict[str, Callable[[str, DataType], object]] = {
    "DECIMAL": _decimal,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "TIME": _time,
    "INTERVAL": _interval,
    "DURATION": _duration,
    "BYTEA": _bytes,
    "LIST": _list,
    "STRUCT": _json,
    "MAP": _json,
}
