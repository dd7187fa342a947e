"""Owns how single values of a result are shown: as JSON, and as text in tables and CSV.

In: Arrow columns. Out: Python objects that `json` takes, or text. Nothing is rounded: decimals,
dates and times are text in ISO form, bytes hexadecimal, NaN and infinities words, as in
`planner.codec`.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NUMBER = re.compile(r"[0-9.]+")


def as_objects(column: pa.ChunkedArray | pa.Array) -> list[object]:
    """Return a column's values as objects that `json.dumps` takes without loss."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or _is_text(kind):
        found: list[object] = column.to_pylist()
        return found
    return [to_object(scalar) for scalar in column]


def as_texts(column: pa.ChunkedArray | pa.Array, null: str) -> list[str]:
    """Return a column's values as text for people; `null` stands for missing ones."""
    return [null if item is None else to_text(item) for item in as_objects(column)]


def to_text(item: object) -> str:
    """Return an object of `as_objects` as text: words without quotes, nested values as JSON."""
    if isinstance(item, str):
        return item
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, dict | list):
        return json.dumps(item, ensure_ascii=False)
    return repr(item)


def to_object(scalar: pa.Scalar[Any]) -> object:
    """Return one Arrow value as an object that `json.dumps` takes without loss."""
    if not scalar.is_valid:
        return None
    kind = scalar.type
    if isinstance(scalar, pa.DictionaryScalar | pa.RunEndEncodedScalar | pa.ExtensionScalar):
        return to_object(scalar.value)
    if isinstance(scalar, pa.StructScalar):
        return {kind.field(i).name: to_object(scalar[i]) for i in range(kind.num_fields)}
    if isinstance(scalar, pa.MapScalar):
        return _map(scalar)
    if pa.types.is_nested(kind):
        return [to_object(item) for item in scalar.values]
    return _simple(scalar)


def _map(scalar: Any) -> object:
    pairs = [(to_object(entry["key"]), to_object(entry["value"])) for entry in scalar.values]
    return {to_text(key): value for key, value in pairs}


def _simple(scalar: Any) -> object:
    kind = scalar.type
    if pa.types.is_timestamp(kind):
        return _timestamp(scalar.value, kind)
    if pa.types.is_time(kind):
        return _time(scalar.value, kind.unit)
    if pa.types.is_duration(kind):
        return duration_text(scalar.value, kind.unit)
    found = scalar.as_py()
    if isinstance(found, float):
        return found if math.isfinite(found) else _word(found)
    if isinstance(found, bytes):
        return found.hex()
    if isinstance(found, pa.MonthDayNano):
        return interval_text(found.months, found.days, found.nanoseconds)
    return found if isinstance(found, bool | int | str) else str(found)


def _word(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _timestamp(ticks: int, kind: Any) -> str:
    seconds, rest = divmod(ticks, _PER_SECOND[kind.unit])
    try:
        text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        return f"{ticks} {kind.unit} since 1970"  # beyond the years that ISO 8601 writes with four digits
    text = text.rjust(19, "0")
    return text + _fraction(rest, kind.unit) + ("Z" if kind.tz else "")


def _fraction(rest: int, unit: str) -> str:
    digits = len(str(_PER_SECOND[unit])) - 1
    text = f"{rest:0{digits}d}".rstrip("0") if rest else ""
    return f".{text.ljust(3, '0')}" if text else ""


def _time(ticks: int, unit: str) -> str:
    seconds, rest = divmod(ticks, _PER_SECOND[unit])
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + _fraction(rest, unit)


def duration_text(ticks: int, unit: str) -> str:
    """Return a duration in ISO 8601.

    >>> duration_text(90_500, "ms")
    'PT1M30.5S'
    """
    sign, ticks = ("-" if ticks < 0 else ""), abs(ticks)
    return f"{sign}PT{_clock(ticks * (10**9 // _PER_SECOND[unit]))}"


def interval_text(months: int, days: int, nanoseconds: int) -> str:
    """Return an interval in ISO 8601; each part has its own sign.

    >>> interval_text(14, -3, 0)
    'P1Y2M-3D'
    """
    years, rest = (abs(months) // 12, abs(months) % 12) if months >= 0 else (-(abs(months) // 12), -(abs(months) % 12))
    day_part = "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (rest, "M"), (days, "D")) if count)
    clock = _clock(abs(nanoseconds)) if nanoseconds else ""
    clock = _NUMBER.sub(r"-\g<0>", clock) if nanoseconds < 0 else clock
    return f"P{day_part}" + (f"T{clock}" if clock else "") if day_part or clock else "PT0S"


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    parts = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    return parts + (f"{seconds}{fraction}S" if seconds or fraction or not parts else "")
