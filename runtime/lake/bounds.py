"""Owns how a value lies to what the log says of a column, for all files at once: below, among or above its values.

In: a value and a column's lowest and highest values by file. Out: which of less, equal and greater
the column's values may be, by file. What isn't known leaves all three.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import FLOATS, DataType

TRUNCATED_AT = 32
"""Writers cut texts in statistics at this many characters or later, so shorter ones are whole."""

MILLISECOND = 1000
"""Statistics of timestamps are cut to milliseconds; in the microseconds that timestamps are compared in."""

_BLURRED_FROM = 15  # digits: JSON numbers of more may have passed through a double
_BLUR = Decimal("2e-14")
_SINGLE = 1.2e-7  # how far the shortest text of a FLOAT may be off, in parts of it
_INT64 = 2**63
_EPOCH = dt.datetime(1970, 1, 1)

Flags: TypeAlias = "pa.Array[Any]"
"""An answer by file; never null."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log says of one column, by file.

    Args:
        type: the column's type.
        low, high: bounds of the values that are not null, in Arrow's types; None where no file has them.
        nulls: numbers of nulls, or None.
        exact: the bounds are the column's one value in each file (partition values; null means null),
            and not statistics, which are cut to milliseconds, shorten texts and leave NaN out.
        widened: files may be older than the type: a FLOAT's bounds, written in its few digits, are then read as a DOUBLE's.
    """

    type: DataType
    low: pa.Array[Any] | None
    high: pa.Array[Any] | None
    nulls: pa.Array[Any] | None = None
    exact: bool = False
    widened: bool = False

    def at(self, places: pa.Array[Any] | None) -> Known:
        """Return what is known of the files at these places, or all."""
        if places is None:
            return self
        low, high, nulls = (None if part is None else part.take(places) for part in (self.low, self.high, self.nulls))
        return replace(self, low=low, high=high, nulls=nulls)


@dataclass(frozen=True, slots=True)
class Orders:
    """Which files may hold values that are less than, equal to, greater than a value."""

    less: Flags
    equal: Flags
    greater: Flags


def every(count: int, answer: bool = True) -> Flags:
    """Return one answer for all files."""
    return pa.repeat(pa.scalar(answer), count)


def orders(value: object, column: Known, count: int) -> Orders:
    """Return how a column's values may lie to a value in each of `count` files."""
    if column.type.name in FLOATS:
        return _float_orders(value, column, count)
    try:
        found = _span(value, column)
        return Orders(every(count), every(count), every(count)) if found is None else _judge(found, column, count)
    except (pa.ArrowException, decimal.DecimalException, OverflowError):
        return Orders(every(count), every(count), every(count))


@dataclass(frozen=True, slots=True)
class _Span:
    """A value as a column's type has it: `down` and `up` are its neighbours there, the same when it is one of them.

    `slack` is how far bounds may be off; `scale` is what makes one an Arrow scalar, `cast` what the bounds become before.
    """

    down: Any
    up: Any
    slack: Any
    cast: pa.DataType
    view: Callable[[Any], Any] = lambda array: array


def _span(value: object, column: Known) -> _Span | None:
    """Return how a value is compared with a column; None where it can't be."""
    type_ = column.type
    if type_.is_integer and _is_number(value):
        return _Span(math.floor(value), math.ceil(value), 0, pa.int64())
    if type_.name == "DECIMAL" and _is_number(value):
        return _decimal_span(Decimal(value), column)
    if type_.name == "BOOLEAN" and isinstance(value, bool):
        return _Span(int(value), int(value), 0, pa.int64())
    if type_.name == "DATE" and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        days = (value - _EPOCH.date()).days
        return _Span(days, days, 0, pa.int64(), lambda array: array.cast(pa.date32()).cast(pa.int32()))
    if type_.name == "TIMESTAMP" and isinstance(value, dt.datetime) and (value.tzinfo is None) == (type_.zone is None):
        naive = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
        at = (naive - _EPOCH) // dt.timedelta(microseconds=1)
        return _Span(at, at, 0 if column.exact else MILLISECOND, pa.int64(), lambda a: a.cast(pa.timestamp("us", a.type.tz)))
    for name, kind, arrow in (("VARCHAR", str, pa.string()), ("BYTEA", bytes, pa.binary())):
        if type_.name == name and isinstance(value, kind):
            return _Span(value, value, None, arrow)
    return None


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def _decimal_span(value: Decimal, column: Known) -> _Span:
    scale = column.type.scale or 0
    with decimal.localcontext(prec=160):
        unit = Decimal(1).scaleb(-scale)
        down = value.quantize(unit, decimal.ROUND_FLOOR)
        up = value.quantize(unit, decimal.ROUND_CEILING)
        blurred = not column.exact and (column.type.precision or 38) > _BLURRED_FROM
        slack = (abs(value) * _BLUR + _BLUR).quantize(unit, decimal.ROUND_CEILING) if blurred else Decimal(0)
    return _Span(down, up, slack, pa.decimal256(76, scale))


def _judge(span: _Span, column: Known, count: int) -> Orders:
    if span.cast == pa.int64() and not -_INT64 <= span.down <= span.up < _INT64:
        above = span.down >= 0
        return Orders(every(count, above), every(count, False), every(count, not above))
    low, high = _as(column.low, span), _as(column.high, span)
    exact_text = column.exact or span.slack is not None
    less = _holds(pc.less, low, _plus(span.up, span), span, count)
    greater = _holds(pc.greater if exact_text else pc.greater_equal, high, _plus(span.down, span, -1), span, count)
    equal = every(count, False)
    if span.down == span.up:
        equal = pc.and_(
            _holds(pc.less_equal, low, _plus(span.down, span), span, count),
            _holds(pc.greater_equal, high, _plus(span.up, span, -1), span, count),
        )
    if not exact_text and (cut := beginnings(span.up)):
        longer = _holds(lambda array, of: pc.is_in(array, value_set=of), high, pa.array(cut, span.cast), span, count)
        return Orders(less, pc.and_(pc.or_(equal, longer), _holds(pc.less_equal, low, span.up, span, count)), pc.or_(greater, longer))
    return Orders(less, equal, greater)


def beginnings(value: Any) -> list[Any]:
    """Return the upper bounds, cut by a writer, that lie below a text and may stand for a longer one that doesn't."""
    return [value[:size] for size in range(TRUNCATED_AT, len(value))]


def _as(array: pa.Array[Any] | None, span: _Span) -> Any:
    return None if array is None or pa.types.is_null(array.type) else span.view(array).cast(span.cast)


def _plus(value: Any, span: _Span, sign: int = 1) -> Any:
    if not span.slack:
        return value
    moved = value + sign * span.slack
    return max(-_INT64, min(_INT64 - 1, moved)) if isinstance(moved, int) else moved


def _holds(operation: Callable[[Any, Any], Any], array: Any, value: Any, span: _Span, count: int) -> Flags:
    """Return where a comparison of a bound holds, or may as the bound is not known."""
    if array is None:
        return every(count)
    return pc.fill_null(operation(array, value if isinstance(value, pa.Array) else pa.scalar(value, span.cast)), True)


def _float_orders(value: object, column: Known, count: int) -> Orders:
    """Judge floats as the engine orders them: NaN above all, -0.0 below 0.0, neither seen in statistics."""
    yes, no = every(count), every(count, False)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return Orders(yes, yes, yes)
    if math.isnan(value):
        return Orders(yes, yes, no)
    low, high, at = _without_nan(column.low), _without_nan(column.high), float(value)
    slack = abs(at) * _SINGLE if column.widened and not column.exact and math.isfinite(at) else 0.0
    span = _Span(at, at, 0, pa.float64())
    less, greater = _holds(pc.less, low, at + slack, span, count), _holds(pc.greater, high, at - slack, span, count)
    inside = pc.and_(
        _holds(pc.less_equal, low, at + slack, span, count),
        _holds(pc.greater_equal, high, at - slack, span, count),
    )
    if not column.exact:
        greater = yes
    return Orders(pc.or_(less, inside), inside, pc.or_(greater, inside)) if value == 0 else Orders(less, inside, greater)


def _without_nan(array: pa.Array[Any] | None) -> Any:
    if array is None or pa.types.is_null(array.type):
        return None
    numbers = array.cast(pa.float64())
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
