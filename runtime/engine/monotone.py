"""Owns comparisons of a function of a column that only ascends: to comparisons of the column itself.

For `f` that never descends, `f(x) >= v` says `x >= low` and `f(x) > v` says `x >= high`, where `low` and `high`
are the least `x` whose `f(x)` reaches, and passes, `v`. So days of timestamps, months, casts to wider types
and shifts by fixed intervals become ranges, which bounds can be judged by.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from datafusion.expr import Expr

from ...dialect.types import DataType

Edges = Callable[[Any], tuple[Any, Any] | None]
"""Returns the least values of the argument at which the function reaches, and passes, a value."""

_EPOCH = dt.datetime(1970, 1, 1)
_MICRO = dt.timedelta(microseconds=1)
_EXACT_DOUBLE = 2**53
_SPANS = {
    "microsecond": _MICRO,
    "millisecond": dt.timedelta(milliseconds=1),
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Ascending:
    """A function that never descends: what it is applied to, and its edges."""

    argument: Expr
    edges: Edges


def ascending(expression: Expr, kind_of: Callable[[Expr], DataType | None]) -> Ascending | None:
    """Return an expression as a function that never descends, and is null for null alone; None for anything else.

    Args:
        expression: any expression.
        kind_of: the type of a column or field; None for what is none.
    """
    variant = expression.variant_name()
    if variant == "Cast":
        return _cast(expression, kind_of)
    if variant == "BinaryExpr":
        return _shift(expression, kind_of)
    if variant != "ScalarFunction":
        return None
    name, operands = expression.rex_call_operator(), list(expression.rex_call_operands())
    if name == "date_trunc" and len(operands) == 2:
        edges = _trunc_edges(str(_literal(operands[0])).lower())
        return Ascending(operands[1], edges) if edges is not None and _kind(operands[1], kind_of) == "TIMESTAMP" else None
    if name == "date_bin" and len(operands) == 2:
        stride = _fixed(_literal(operands[0]))
        timed = stride is not None and stride > dt.timedelta(0) and _kind(operands[1], kind_of) == "TIMESTAMP"
        return Ascending(operands[1], _steps(stride, _EPOCH)) if timed and stride is not None else None
    return None


def _kind(expression: Expr, kind_of: Callable[[Expr], DataType | None]) -> str | None:
    """Return the type's name of a column or of an ascending function of one; None where its time zone isn't UTC or none."""
    if expression.variant_name() == "Cast":
        return _target(expression)
    found = kind_of(expression)
    if found is not None:
        return "INTEGER" if found.is_integer else found.name if found.zone in (None, "UTC") else None
    if expression.variant_name() == "ScalarFunction":
        return "TIMESTAMP" if expression.rex_call_operator() in ("date_trunc", "date_bin") else None
    return _kind(Expr(expression.to_variant().left()), kind_of) if expression.variant_name() == "BinaryExpr" else None


def _target(cast: Expr) -> str | None:
    """Return the name of the type that a cast makes; its own object doesn't tell."""
    inner = _inner(cast).canonical_name()
    text = cast.canonical_name().removeprefix(f"CAST({inner} AS ").removesuffix(")")
    if text in ("Timestamp(ns)", "Timestamp(us)", 'Timestamp(ns, "UTC")', 'Timestamp(us, "UTC")'):
        return "TIMESTAMP"
    if text.startswith("Decimal"):
        return "DECIMAL"
    return {"Date32": "DATE", "Float64": "DOUBLE", "Int64": "BIGINT", "Utf8": "VARCHAR", "Utf8View": "VARCHAR"}.get(text)


def _inner(cast: Expr) -> Expr:
    raw = cast.to_variant().expr()
    return raw if isinstance(raw, Expr) else Expr(raw)


def _cast(cast: Expr, kind_of: Callable[[Expr], DataType | None]) -> Ascending | None:
    inner = _inner(cast)
    edges = _CASTS.get((str(_kind(inner, kind_of)), str(_target(cast))))
    return None if edges is None else Ascending(inner, edges)


def _moment(value: Any) -> dt.datetime:
    """Return a timestamp without zone, in UTC."""
    if not isinstance(value, dt.datetime):
        raise TypeError("no timestamp")
    return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)


def _day_of_time(value: Any) -> tuple[Any, Any]:
    return _midnight(value), _midnight(value + dt.timedelta(days=1))


def _time_of_day(value: Any) -> tuple[Any, Any]:
    moment = _moment(value)
    next_day = moment.date() + dt.timedelta(days=1)
    return (moment.date() if moment == _midnight(moment.date()) else next_day), next_day


def _same_time(value: Any) -> tuple[Any, Any]:
    return _moment(value), _moment(value) + _MICRO


def _whole(value: Any) -> tuple[Any, Any] | None:
    if isinstance(value, float) and (str(value) == "-0.0" or not abs(value) < _EXACT_DOUBLE):
        return None  # the engine tells -0.0 from 0.0 in some comparisons, and not in others
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return math.ceil(value), math.floor(value) + 1


_CASTS: dict[tuple[str, str], Edges] = {
    ("TIMESTAMP", "DATE"): _day_of_time,
    ("DATE", "TIMESTAMP"): _time_of_day,
    ("TIMESTAMP", "TIMESTAMP"): _same_time,
    ("INTEGER", "DOUBLE"): _whole,
    ("INTEGER", "DECIMAL"): _whole,
    ("INTEGER", "BIGINT"): _whole,
}


def _trunc_edges(unit: str) -> Edges | None:
    if unit in _SPANS:
        return _steps(_SPANS[unit], _EPOCH)
    if unit == "week":
        return _steps(dt.timedelta(days=7), dt.datetime(1970, 1, 5))  # a Monday
    return _months(_MONTHS[unit]) if unit in _MONTHS else None


def _steps(width: dt.timedelta, origin: dt.datetime) -> Edges:
    """Return the edges of rounding down to multiples of a width after an origin."""

    def edges(value: Any) -> tuple[Any, Any]:
        moment = _moment(value)
        floor = origin + (moment - origin) // width * width
        return (moment if floor == moment else floor + width), floor + width

    return edges


def _months(count: int) -> Edges:
    """Return the edges of rounding down to the first of a month whose number, counted from year 0, is a multiple."""

    def edges(value: Any) -> tuple[Any, Any]:
        moment = _moment(value)
        number = (moment.year * 12 + moment.month - 1) // count * count
        floor, following = (dt.datetime(n // 12, n % 12 + 1, 1) for n in (number, number + count))
        return (moment if floor == moment else following), following

    return edges


def _shift(sum_: Expr, kind_of: Callable[[Expr], DataType | None]) -> Ascending | None:
    """Read a time that is moved by a fixed interval."""
    variant = sum_.to_variant()
    left, by = Expr(variant.left()), _fixed(_literal(Expr(variant.right())))
    kind, sign = _kind(left, kind_of), {"+": 1, "-": -1}.get(variant.op())
    if sign is None or by is None or not (kind == "TIMESTAMP" or kind == "DATE" and by % dt.timedelta(days=1) == dt.timedelta(0)):
        return None
    step = _MICRO if kind == "TIMESTAMP" else dt.timedelta(days=1)

    def edges(value: Any) -> tuple[Any, Any]:
        moved = (_moment(value) if kind == "TIMESTAMP" else value) - sign * by
        return moved, moved + step

    return Ascending(left, edges)


def _literal(expression: Expr) -> Any:
    if expression.variant_name() != "Literal":
        return None
    found = expression.python_value()
    return found.as_py() if hasattr(found, "as_py") else found


def _fixed(interval: Any) -> dt.timedelta | None:
    """Return an interval that has one length wherever it begins; None for months and for parts of a microsecond."""
    months, nanoseconds = getattr(interval, "months", 1), getattr(interval, "nanoseconds", 1)
    if months or nanoseconds % 1000:
        return None
    return dt.timedelta(days=interval.days, microseconds=nanoseconds // 1000)
