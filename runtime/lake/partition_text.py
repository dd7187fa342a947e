"""Owns the text of partition values in the log: typed values to the library's spelling, any writer's spelling to typed values."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Context, Decimal, InvalidOperation
from typing import TypeVar

from ...dialect.types import FLOATS, DataType
from ...planner.literal import decimal_fits, integer_range, single

T = TypeVar("T")

_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WIDE = Context(prec=80)
_BOOLEANS = {"true": True, "false": False}


def partition_text(value: object) -> str | None:
    """Return a typed partition value as the log spells it; None for null. Instants are written in UTC.

    >>> partition_text(True), partition_text(dt.datetime(2020, 1, 2, tzinfo=dt.UTC)), partition_text(Decimal("1.50"))
    ('true', '2020-01-02 00:00:00.000000', '1.50')
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, float):
        return _float(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _moment(value: dt.datetime) -> str:
    naive = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    return naive.isoformat(" ", "microseconds")


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def partition_key(values: dict[str, object]) -> tuple[object, ...]:
    """Return what partitions are compared by: null and empty text are one, NaN equals itself."""
    return tuple("NaN" if isinstance(v, float) and math.isnan(v) else None if v in ("", b"") else v for v in values.values())


def partition_value(text: str | None, type_: DataType) -> object:
    """Return a partition value of the log as `Value` holds it (Delta's protocol, Partition Value Serialization).

    Null and empty text are null, of every type. Instants without a zone are in UTC. Raises ValueError for what is
    no value of the type.

    >>> partition_value("2020-01-02T03:04:05.6Z", DataType("TIMESTAMP", 6, zone="UTC"))
    datetime.datetime(2020, 1, 2, 3, 4, 5, 600000, tzinfo=datetime.timezone.utc)
    >>> partition_value("-Infinity", DataType("DOUBLE")), partition_value("", DataType("VARCHAR"))
    (-inf, None)
    """
    if text is None or text == "":
        return None
    if type_.name == "VARCHAR":
        return text
    if type_.name == "BYTEA":
        return text.encode("utf-8", "surrogateescape")
    if type_.name == "BOOLEAN":
        return _one_of(_BOOLEANS.get(text.lower()), text)
    if type_.name == "DATE":
        found = _DATE.fullmatch(text)
        return dt.date(*map(int, _one_of(found, text).groups()))
    if type_.name == "TIMESTAMP":
        return _instant(text, zoned=type_.zone is not None)
    return _numeric(text, type_)


def _numeric(text: str, type_: DataType) -> object:
    if type_.is_integer:
        low, high = integer_range(type_)
        number = int(text) if _INTEGER.fullmatch(text) else None
        return _one_of(number if number is not None and low <= number <= high else None, text)
    if type_.name in FLOATS:
        return single(float(text)) if type_.name == "FLOAT" else float(text)
    if type_.name == "DECIMAL":
        return _one_of(_exact(text, type_.precision or 38, type_.scale or 0), text)
    raise ValueError(f"no column of type {type_.sql()} can be partitioned by")


def _one_of(found: T | None, text: str) -> T:
    if found is None:
        raise ValueError(f"`{text}` is out of place")
    return found


def _exact(text: str, precision: int, scale: int) -> Decimal | None:
    """Return a decimal of this scale, None when the text has none that fits without loss."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not decimal_fits(number, precision, scale):
        return None
    return number.quantize(Decimal((0, (1,), -scale)), context=_WIDE)


def _instant(text: str, zoned: bool) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    aware = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return aware if zoned else aware.replace(tzinfo=None)
