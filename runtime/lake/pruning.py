"""Owns the judging of predicates by what the log says of files, for all files of a table at once.

Every predicate is reduced to the outcomes that rows of a file may have (true, false, null); a file stays
when true is among them. What can't be judged leaves all three, so a file with a row that satisfies the
predicate is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import FLOATS
from ...planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown
from ...planner.values import Value
from .bounds import Flags, Known, Orders, beginnings, every, orders

FEW = 64
"""Values of an IN list that are judged one by one; of more, ranges of neighbours are."""

_HOLDS = {"=": "e", "!=": "lg", "<": "l", "<=": "le", ">": "g", ">=": "ge"}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Which files may have rows for which a predicate is true, false, null."""

    true: Flags
    false: Flags
    null: Flags

    def take(self, places: pa.Array[Any]) -> Outcomes:
        """Return the outcomes at these places."""
        return Outcomes(*(pc.take(part, places) for part in (self.true, self.false, self.null)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of files.

    Args:
        count: how many files there are.
        rows: their rows, deleted ones included; null where unknown, None where all are.
        columns: what is known of columns, by logical path.
        judged: conditions that were judged otherwise, by the engine itself.
    """

    count: int
    rows: pa.Array[Any] | None
    columns: Mapping[tuple[str, ...], Known]
    judged: Mapping[Unknown, Outcomes] = field(default_factory=dict)


def may_hold(predicate: Predicate, facts: Facts) -> Flags:
    """Say of each file whether it may hold a row for which the predicate is true."""
    return outcomes(predicate, facts).true


def outcomes(predicate: Predicate, facts: Facts) -> Outcomes:
    """Return which of true, false and null a predicate may be over each file's rows; never too few."""
    if isinstance(predicate, And):
        return _and([outcomes(part, facts) for part in predicate.parts], facts.count)
    if isinstance(predicate, Or):
        return _negate(_and([_negate(outcomes(part, facts)) for part in predicate.parts], facts.count))
    if isinstance(predicate, Not):
        return _negate(outcomes(predicate.part, facts))
    if isinstance(predicate, Unknown):
        return facts.judged.get(predicate) or _anything(facts.count)
    return _leaf(predicate, facts)


def _anything(count: int) -> Outcomes:
    yes = every(count)
    return Outcomes(yes, yes, yes)


def _negate(found: Outcomes) -> Outcomes:
    return Outcomes(found.false, found.true, found.null)


def _and(parts: Sequence[Outcomes], count: int) -> Outcomes:
    """All parts true; any part false; null among nothing but true and null."""
    true = _all([part.true for part in parts], count)
    null = _all([pc.or_(part.true, part.null) for part in parts], count)
    return Outcomes(true, _any([part.false for part in parts], count), pc.and_(null, _any([part.null for part in parts], count)))


def _all(flags: Iterable[Flags], count: int) -> Flags:
    return reduce(pc.and_, flags, every(count))


def _any(flags: Iterable[Flags], count: int) -> Flags:
    return reduce(pc.or_, flags, every(count, False))


def _leaf(predicate: Compare | InValues | IsNull | StartsWith, facts: Facts) -> Outcomes:
    column, count = facts.columns.get(predicate.column), facts.count
    if column is None:
        return _anything(count)
    nested = len(predicate.column) > 1  # counts of nested nulls differ between writers
    may_null = every(count) if nested else _may_null(column, count)
    may_value = every(count) if nested else _may_value(column, facts)
    if isinstance(predicate, IsNull):
        found = Outcomes(may_null, may_value, every(count, False))
        return _negate(found) if predicate.negated else found
    if isinstance(predicate, InValues) and not predicate.values:  # of null as well
        return Outcomes(every(count, predicate.negated), every(count, not predicate.negated), every(count, False))
    judged = _of_values(predicate, column, count)
    return Outcomes(pc.and_(judged.true, may_value), pc.and_(judged.false, may_value), pc.or_(may_null, pc.and_(judged.null, may_value)))


def _may_null(column: Known, count: int) -> Flags:
    if column.exact:
        return every(count) if column.low is None else pc.is_null(column.low)
    return every(count) if column.nulls is None else pc.fill_null(pc.not_equal(column.nulls, 0), True)


def _may_value(column: Known, facts: Facts) -> Flags:
    if column.exact:
        return every(facts.count, False) if column.low is None else pc.is_valid(column.low)
    if column.nulls is None or facts.rows is None:
        return every(facts.count)
    return pc.fill_null(pc.less(column.nulls, facts.rows), True)


def _of_values(predicate: Compare | InValues | StartsWith, column: Known, count: int) -> Outcomes:
    """Return the outcomes over rows in which the column is not null."""
    if isinstance(predicate, StartsWith):
        return _prefix(predicate.prefix, column, count)
    if isinstance(predicate, Compare):
        return _compare(predicate.operator, predicate.value.value, column, count)
    found = _in(predicate.values, column, count)
    return _negate(found) if predicate.negated else found


def _compare(operator: str, value: object, column: Known, count: int) -> Outcomes:
    holds, no = _HOLDS.get(operator), every(count, False)
    if value is None:
        return Outcomes(no, no, every(count))
    if holds is None:
        return _anything(count)
    found = orders(value, column, count)
    return Outcomes(_which(found, holds, count), _which(found, "".join(set("leg") - set(holds)), count), no)


def _which(found: Orders, holds: str, count: int) -> Flags:
    named = {"l": found.less, "e": found.equal, "g": found.greater}
    return _any([named[one] for one in holds], count)


def _in(values: Sequence[Value], column: Known, count: int) -> Outcomes:
    """Judge a list; of a long one over statistics only whether a range of its neighbours may hold something."""
    if column.exact and (members := _members(values, column)) is not None:
        return Outcomes(members, pc.invert(members), every(count, False))
    if len(values) <= FEW or (ordered := _ascending(values)) is None:
        parts = [_compare("=", one.value, column, count) for one in values]
        return _negate(_and([_negate(part) for part in parts], count))
    size = -(-len(ordered) // FEW)
    ranges = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    reached = [pc.and_(_compare(">=", one[0], column, count).true, _compare("<=", one[-1], column, count).true) for one in ranges]
    return Outcomes(_any(reached, count), every(count), every(count, False))


def _members(values: Sequence[Value], column: Known) -> Flags | None:
    """Return where the column's one value is among the values; None where Arrow can't compare them as the engine does."""
    if column.low is None or column.type.name in FLOATS:
        return None
    try:
        return pc.is_in(column.low, value_set=pa.array([one.value for one in values], column.low.type))
    except (pa.ArrowException, TypeError, OverflowError):
        return None


def _ascending(values: Sequence[Value]) -> list[Any] | None:
    """Return values in order; None for those that have none."""
    try:
        return sorted(one.value for one in values)
    except TypeError:
        return None


def _prefix(prefix: str, column: Known, count: int) -> Outcomes:
    no, yes = every(count, False), every(count)
    if not prefix:
        return Outcomes(yes, no, no)
    if column.type.name != "VARCHAR" or column.low is None or column.high is None:
        return Outcomes(yes, yes, no)
    low, high = column.low.cast(pa.string()), column.high.cast(pa.string())
    known = pc.and_(pc.is_valid(low), pc.is_valid(high))
    begins = [pc.utf8_slice_codeunits(bound, 0, len(prefix)) for bound in (low, high)]
    reaches = pc.greater_equal(begins[1], prefix)
    if not column.exact and (cut := beginnings(prefix)):
        reaches = pc.or_(reaches, pc.is_in(high, value_set=pa.array(cut, pa.string())))
    within = pc.and_(pc.equal(begins[0], prefix), pc.equal(begins[1], prefix))
    may = pc.and_(pc.less_equal(begins[0], prefix), reaches)
    unknown = pc.invert(known)
    return Outcomes(
        pc.or_(pc.fill_null(may, True), unknown),
        pc.or_(pc.fill_null(pc.invert(within), True), unknown),
        no,
    )
