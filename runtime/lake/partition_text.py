"""Owns the text of partition values as the Delta library spells them in the log."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal


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
