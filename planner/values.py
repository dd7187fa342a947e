"""Owns typed values, `Value`: what a parameter or an argument is once it is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..dialect.types import DataType


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its type.

    `value` is a Python object by type: int, float, bool, str, bytes, `decimal.Decimal`,
    `datetime.date`, `datetime.time`, `datetime.datetime` (aware in UTC exactly when the
    type has a zone), an interval as a tuple (months, days, nanoseconds), a list as a
    tuple of such objects, a struct as a tuple in field order, a map as a tuple of
    (key, value) pairs, None for null. All are hashable.
    """

    type: DataType
    value: object
