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
    """A parameter's value as somebody gave it, before its type was known.

    Args:
        raw: text from a file, the environment or the command line, or any Python object.
        origin: who gave it: `treadle.toml`, `environment`, `command line` or `python`.
        is_text: whether `raw` is text to be read by the parameter's type.
        span: its place, when it stands in a file.
    """

    raw: object
    origin: str
    is_text: bool = False
    span: Span | None = None
