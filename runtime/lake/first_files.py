"""Owns which files can hold the first rows of an order, by what the log says of their leading column.

A file's bounds say how good its best row can be at most, and how good so many of its rows are at least. Files are taken by
the latter until their rows are enough; a file whose best row would come after all of these is not needed. What isn't known
keeps a file, and makes none of its rows sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...planner.predicates import And, Compare, FirstRows, InValues, IsNull, Predicate, StartsWith
from .bounds import MILLISECOND, TRUNCATED_AT, Flags, Known, every

DIGITS = 15
"""Decimals of more may have passed through a double in statistics."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows files have, by file.

    Args:
        rows: as stored; null where the log doesn't say.
        deleted: how many of them deletion vectors mark.
        sure: where the relation's predicate holds for every row; where it may not, no row is counted on.
    """

    rows: pa.Array[Any]
    deleted: pa.Array[Any]
    sure: Flags


def may_be_first(first: FirstRows, column: Known, counts: Counts, without_nulls: bool) -> Flags | None:
    """Say of each file whether it may hold one of the first rows; None where nothing can be said of any.

    Args:
        first: the order and how many rows.
        column: what is known of its column.
        counts: of the same files.
        without_nulls: whether the relation's predicate leaves out rows in which the column is null.
    """
    bounds = _bounds(column)
    if bounds is None or first.count < 1:
        return None
    best, worst = reversed(bounds) if first.descending else bounds
    nulls, values = _numbers(column, counts)
    if without_nulls:
        nulls = _Number(pc.multiply(nulls.least, 0), every(len(counts.rows), False))
    wanted = first.count
    if first.nulls_first:
        wanted -= pc.sum(nulls.least).as_py() or 0
        if wanted < 1:
            return nulls.may
    last = _last(worst, values.least, wanted, first.descending)
    if last is None:
        return None
    reaches = (pc.greater_equal if first.descending else pc.less_equal)(best, last)
    kept = pc.and_(values.may, pc.fill_null(reaches, True))
    return pc.or_(kept, nulls.may) if first.nulls_first else kept


def leaves_out_nulls(predicate: Predicate | None, column: str) -> bool:
    """Say whether a predicate is true for no row in which a column is null."""
    return any(_is_of_values(part, column) for part in _conjuncts(predicate))


def beside_nulls(predicate: Predicate | None, column: str) -> Predicate | None:
    """Return what a predicate says of rows in which a column is not null."""
    parts = [part for part in _conjuncts(predicate) if part != IsNull((column,), negated=True)]
    return And(tuple(parts)) if parts else None


def _conjuncts(predicate: Predicate | None) -> Sequence[Predicate]:
    if isinstance(predicate, And):
        return [one for part in predicate.parts for one in _conjuncts(part)]
    return [] if predicate is None else [predicate]


def _is_of_values(predicate: Predicate, column: str) -> bool:
    """Say whether a comparison is true of values of a column alone."""
    if isinstance(predicate, InValues | IsNull) and predicate.negated != isinstance(predicate, IsNull):
        return False
    return isinstance(predicate, Compare | InValues | IsNull | StartsWith) and predicate.column == (column,)


def _bounds(column: Known) -> tuple[pa.Array[Any], pa.Array[Any]] | None:
    """Return bounds between which all values lie, null where unknown; None for types whose statistics don't say that of them.

    Floats are such: NaN, which is the greatest, is in no statistics.
    """
    low, high, kind = column.low, column.high, column.type
    if low is None or high is None or pa.types.is_null(low.type) or pa.types.is_null(high.type):
        return None
    try:
        if kind.is_integer or kind.name == "BOOLEAN":
            return low.cast(pa.int64()), high.cast(pa.int64())
        if kind.name == "DATE":
            return _days(low), _days(high)
        if kind.name == "TIMESTAMP":
            by = 0 if column.exact else MILLISECOND
            return pc.subtract_checked(_micros(low), by), pc.add_checked(_micros(high), by)
    except pa.ArrowException:
        return None
    if kind.name == "DECIMAL" and (column.exact or (kind.precision or 38) <= DIGITS):
        return low, high
    if kind.name == "VARCHAR":
        low, high = low.cast(pa.string()), high.cast(pa.string())
        whole = pc.less(pc.utf8_length(high), TRUNCATED_AT)  # longer ones may be a greater text's beginning
        return low, high if column.exact else pc.if_else(whole, high, pa.scalar(None, pa.string()))
    return None


def _days(dates: pa.Array[Any]) -> pa.Array[Any]:
    return dates.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())


def _micros(times: pa.Array[Any]) -> pa.Array[Any]:
    kind: Any = times.type
    return times.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())


@dataclass(frozen=True, slots=True)
class _Number:
    """Of rows of a kind, by file: how many there are at least, whether there may be any."""

    least: pa.Array[Any]
    may: Flags


def _numbers(column: Known, counts: Counts) -> tuple[_Number, _Number]:
    """Return the numbers of rows in which a column is null, and of those in which it is not.

    Beside a deletion vector only a count of nulls of 0 or of all rows says anything (Delta's protocol, Per-file Statistics).
    """
    rows = counts.rows.cast(pa.int64())
    nulls = _nulls(column, rows)
    told = pc.and_(pc.greater_equal(nulls, 0), pc.less_equal(nulls, rows))
    none, all_ = pc.fill_null(pc.equal(nulls, 0), False), pc.fill_null(pc.equal(nulls, rows), False)
    clean = pc.equal(counts.deleted, 0)
    kept, zero = pc.subtract(rows, counts.deleted), pa.scalar(0, pa.int64())
    sure = pc.and_(counts.sure, pc.fill_null(pc.and_(told, pc.greater_equal(kept, 0)), False))

    def least(whole: Flags, counted: pa.Array[Any]) -> pa.Array[Any]:
        found = pc.if_else(whole, kept, pc.if_else(clean, counted, zero))
        return pc.if_else(sure, pc.fill_null(found, zero), zero)

    return (
        _Number(least(all_, nulls), pc.invert(none)),
        _Number(least(none, pc.subtract(rows, nulls)), pc.invert(pc.and_(all_, pc.fill_null(told, False)))),
    )


def _nulls(column: Known, rows: pa.Array[Any]) -> pa.Array[Any]:
    """Return the number of nulls in each file, null where it isn't known."""
    if column.exact:
        assert column.low is not None, "partition values are columns"
        return pc.if_else(pc.is_null(column.low), rows, pa.scalar(0, pa.int64()))
    return pa.nulls(len(rows), pa.int64()) if column.nulls is None else column.nulls.cast(pa.int64())


def _last(worst: pa.Array[Any], least: pa.Array[Any], wanted: int, descending: bool) -> Any:
    """Return the bound up to which there are surely so many rows, as a scalar; None where there aren't."""
    known = pc.and_(pc.is_valid(worst), pc.greater(least, 0))
    worst, least = worst.filter(known), least.filter(known)
    order = pc.sort_indices(worst, sort_keys=[("", "descending" if descending else "ascending")])
    reached = pc.indices_nonzero(pc.greater_equal(pc.cumulative_sum(least.take(order)), wanted))
    return worst[order[reached[0].as_py()].as_py()] if len(reached) else None
