"""Judges predicates by what is known of one file: partition values, bounds, null counts. What judging all files at once is held to.

Every predicate is reduced to the outcomes that rows of the file may have (true, false,
null); a file stays when true is among them. What isn't known makes all three possible,
so a file with a row that satisfies the predicate is never dropped.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from treadle.dialect.types import FLOATS, DataType
from treadle.planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith

MILLISECOND = dt.timedelta(milliseconds=1)
TRUNCATED_AT = 32
"""Writers cut texts in statistics at this many characters or later, so shorter ones are whole."""

TRUE, FALSE, NULL = 1, 2, 4
EVERY = TRUE | FALSE | NULL
_LESS, _EQUAL, _GREATER = 1, 2, 4
_ANY_ORDER = _LESS | _EQUAL | _GREATER
_HOLDS = {"=": _EQUAL, "!=": _LESS | _GREATER, "<": _LESS, "<=": _LESS | _EQUAL, ">": _GREATER, ">=": _GREATER | _EQUAL}


@dataclass(frozen=True, slots=True)
class ColumnStats:
    """What is known of one column in one file.

    Args:
        type: the column's type.
        low, high: bounds of its values that are not null, as `Value` holds them; None when unknown.
        nulls: number of nulls, or None.
        exact: every value lies between the bounds as they are written (partition values,
            where no bounds mean null); false for statistics, which are cut to milliseconds, shorten texts and leave NaN out.
    """

    type: DataType
    low: object = None
    high: object = None
    nulls: int | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class FileStats:
    """What is known of one file: its rows (deleted ones included), and its columns by path."""

    rows: int | None
    columns: Mapping[tuple[str, ...], ColumnStats]


def keep(predicate: Predicate | None, stats: FileStats) -> bool:
    """Say whether the file may hold a row for which the predicate is true.

    >>> known = FileStats(3, {("a",): ColumnStats(DataType("INT"), 1, 5, 0)})
    >>> from treadle.planner.values import Value
    >>> keep(Compare(("a",), ">", Value(DataType("INT"), 5)), known)
    False
    """
    return predicate is None or bool(outcomes(predicate, stats) & TRUE)


def outcomes(predicate: Predicate, stats: FileStats) -> int:
    """Return which of TRUE, FALSE, NULL the predicate may be over the file's rows, as bits; never too few."""
    if isinstance(predicate, And):
        return _join([outcomes(p, stats) for p in predicate.parts], weak=TRUE, strong=FALSE)
    if isinstance(predicate, Or):
        return _join([outcomes(p, stats) for p in predicate.parts], weak=FALSE, strong=TRUE)
    if isinstance(predicate, Not):
        return _negate(outcomes(predicate.part, stats))
    if isinstance(predicate, Compare | InValues | IsNull | StartsWith):
        return _leaf(predicate, stats)
    return EVERY


def _join(parts: list[int], weak: int, strong: int) -> int:
    """AND (weak TRUE, strong FALSE) or OR (the other way): all parts weak, any part strong, null between."""
    found = 0
    if all(p & weak for p in parts):
        found |= weak
    if any(p & strong for p in parts):
        found |= strong
    if any(p & NULL for p in parts) and all(p & (weak | NULL) for p in parts):
        found |= NULL
    return found


def _negate(found: int) -> int:
    return (found & NULL) | (TRUE if found & FALSE else 0) | (FALSE if found & TRUE else 0)


def _leaf(predicate: Compare | InValues | IsNull | StartsWith, stats: FileStats) -> int:
    column = stats.columns.get(predicate.column)
    if column is None:
        return EVERY
    nested = len(predicate.column) > 1  # counts of nested nulls differ between writers
    may_null = nested or column.nulls != 0
    may_value = nested or not _all_null(column, stats.rows)
    if isinstance(predicate, IsNull):
        found = (TRUE if may_null else 0) | (FALSE if may_value else 0)
        return _negate(found) if predicate.negated else found
    if isinstance(predicate, InValues) and not predicate.values:
        return TRUE if predicate.negated else FALSE  # of null as well
    judged = _value_outcomes(predicate, column) if may_value else 0
    return judged | (NULL if may_null else 0)


def _all_null(column: ColumnStats, rows: int | None) -> bool:
    if column.exact:
        return column.low is None
    return column.nulls is not None and rows is not None and column.nulls >= rows


def _value_outcomes(predicate: Compare | InValues | StartsWith, column: ColumnStats) -> int:
    """Return the outcomes over rows in which the column is not null."""
    if isinstance(predicate, StartsWith):
        return _prefix(predicate.prefix, column)
    if isinstance(predicate, Compare):
        return _compare(predicate.operator, predicate.value.value, column)
    found = _join([_compare("=", value.value, column) for value in predicate.values], weak=FALSE, strong=TRUE)
    return _negate(found) if predicate.negated else found


def _compare(operator: str, value: object, column: ColumnStats) -> int:
    if value is None:
        return NULL
    holds, possible = _HOLDS.get(operator), _orders(value, column)
    if holds is None:
        return EVERY
    return (TRUE if possible & holds else 0) | (FALSE if possible & ~holds & _ANY_ORDER else 0)


def _orders(value: object, column: ColumnStats) -> int:
    """Return whether the column's values may be less than, equal to, greater than the value, as bits."""
    if column.type.name in FLOATS or isinstance(value, float):
        return _float_orders(value, column)
    low, high = _bounds(column)
    above, below = _order(low, value), _order(high, value)
    found = _ANY_ORDER
    if above is not None:  # low > value leaves only greater; low = value leaves out less
        found &= _GREATER if above > 0 else (_GREATER | _EQUAL) if above == 0 else _ANY_ORDER
    if below is not None and not (below < 0 and _may_be_cut(high, value, column)):
        found &= _LESS if below < 0 else (_LESS | _EQUAL) if below == 0 and not _text(high, column) else _ANY_ORDER
    return found


def _float_orders(value: object, column: ColumnStats) -> int:
    """Judge floats as the engine orders them: NaN above all, -0.0 below 0.0, neither seen in statistics."""
    low, high = column.low, column.high
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _ANY_ORDER
    if math.isnan(value):
        return _LESS | _EQUAL
    found = 0 if column.exact and not _is_nan(high) else _GREATER
    found |= _LESS if low is None or _is_nan(low) or _number(low) < value else 0
    found |= _GREATER if high is None or _is_nan(high) or _number(high) > value else 0
    inside = (low is None or _is_nan(low) or _number(low) <= value) and (high is None or _is_nan(high) or _number(high) >= value)
    if value == 0 and inside:
        return _ANY_ORDER
    return found | (_EQUAL if inside else 0)


def _number(value: object) -> float | Decimal:
    return value if isinstance(value, int | float | Decimal) else math.nan


def _is_nan(value: object) -> bool:
    return not isinstance(value, int | float | Decimal) or math.isnan(value)


def _bounds(column: ColumnStats) -> tuple[object, object]:
    """Return the bounds, widened by what statistics may have lost."""
    low, high = column.low, column.high
    if column.exact:
        return low, high
    if column.type.name == "TIMESTAMP":
        return _shift(low, -MILLISECOND), _shift(high, MILLISECOND)
    if column.type.name == "DECIMAL" and (column.type.precision or 38) > 15:
        return _blur(low, -1), _blur(high, 1)  # JSON numbers may have passed through a double
    return low, high


def _shift(value: object, by: dt.timedelta) -> object:
    try:
        return value + by if isinstance(value, dt.datetime) else None
    except OverflowError:
        return None


def _blur(value: object, direction: int) -> object:
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    return value + direction * (abs(value) * Decimal("1e-14") + Decimal("1e-14"))


def _order(bound: object, value: object) -> int | None:
    """Return the sign of bound against value, or None when they can't be compared."""
    if bound is None or _family(bound) is None or _family(bound) != _family(value):
        return None
    return int(bound > value) - int(bound < value)  # type: ignore[operator]


def _family(value: object) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number" if not isinstance(value, Decimal) or value.is_finite() else None
    if isinstance(value, dt.datetime):
        return "naive" if value.tzinfo is None else "aware"
    return next((kind.__name__ for kind in (str, bytes, dt.date, dt.time) if isinstance(value, kind)), None)


def _text(bound: object, column: ColumnStats) -> bool:
    return isinstance(bound, str | bytes) and not column.exact


def _may_be_cut(high: object, value: object, column: ColumnStats) -> bool:
    """Say whether an upper bound that is less than the value may stand for a longer text that isn't."""
    if column.exact or len(high) < TRUNCATED_AT if isinstance(high, str | bytes) else True:
        return False
    return value.startswith(high)  # type: ignore[attr-defined,no-any-return]


def _prefix(prefix: str, column: ColumnStats) -> int:
    low, high, size = column.low, column.high, len(prefix)
    if not prefix:
        return TRUE
    if not isinstance(low, str) or not isinstance(high, str):
        return TRUE | FALSE
    reaches = high[:size] >= prefix or _may_be_cut(high, prefix, column)
    found = TRUE if low[:size] <= prefix and reaches else 0
    every = low.startswith(prefix) and high.startswith(prefix)
    return found | (0 if every else FALSE)
