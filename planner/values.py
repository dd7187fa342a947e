"""Owns typed values, `Value`: what a parameter or an argument is once it is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..dialect.source import Span
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


@dataclass(frozen=True, slots=True)
class Provided:
    """A parameter's value as somebody gave it, typed.

    Args:
        value: the value, of the declared type, or of its own where nothing is declared.
        origin: who gave it: `treadle.toml`, `environment`, `command line`, `session` or `python`.
        span: its place, when it stands in a text.
    """

    value: Value
    origin: str
    span: Span | None = None
