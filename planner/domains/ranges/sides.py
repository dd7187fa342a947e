"""Owns what stands for the two relations of a range join: each under its alias, with a column of buckets to join on.

A point has one bucket. A span stands once for each bucket that it covers. Where both sides are spans, two of them may
share many buckets, so they meet in the first bucket of the one that starts later: even numbers are for a left span's
first bucket, which all of a right span's meet, odd ones for the left span's others, which the right span's first meets.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ....dialect.types import DataType
from .conditions import Side
from .coordinates import ENDLESS, common_unit, coordinate, loosened, unless_null
from .nodes import call, column, copy, derived, named, number, select
from .scale import Sample, bucket, last_bucket

COUNTED = ("VARCHAR", "DATE", "TIMESTAMP", "TINYINT", "SMALLINT", "INT", "BIGINT")
"""Types of keys whose different values the engine counts."""


@dataclass(frozen=True, slots=True)
class TypedSide:
    """A side of a range with what the engine says of it.

    Args:
        side: the side.
        node: its relation in the tree.
        columns: the relation's columns.
        types: their types.
        low: type of the span's start.
        high: type of its end.
        keys: types of its keys.
        filters: tests of the relation alone, which only rows that pass matter to.
    """

    side: Side
    node: exp.Expr
    columns: tuple[str, ...]
    types: tuple[DataType, ...]
    low: DataType
    high: DataType
    keys: tuple[DataType, ...]
    filters: tuple[exp.Expr, ...] = ()

    def sample(self, unit: int | None, ordered: bool) -> Sample:
        """Return what widths are worked out from; `ordered` as for `covered`."""
        low, high = self.ends(unit, ordered)
        if self.side.open_low:
            low = unless_null(self.side.low, low, exp.Neg(this=number(ENDLESS)))
        if self.side.open_high:
            high = unless_null(self.side.high, high, number(ENDLESS))
        keys = zip(self.side.keys, self.keys, strict=True)
        return Sample(self.node, low, high, tuple(copy(key) for key, type_ in keys if type_.name in COUNTED), self.filters)

    def ends(self, unit: int | None, ordered: bool) -> tuple[exp.Expr, exp.Expr]:
        """Return the coordinates of the span's start and end; where `ordered`, the lesser one first."""
        low, high = self.span(unit)
        return (call("least", low, high), call("greatest", copy(low), copy(high))) if ordered else (low, high)

    def span(self, unit: int | None) -> tuple[exp.Expr, exp.Expr]:
        """Return the coordinates of the span's start and end, as they are written."""
        return coordinate(self.side.low, self.low, unit), coordinate(self.side.high, self.high, unit)


@dataclass(frozen=True, slots=True)
class Buckets:
    """How buckets are counted in one join.

    Args:
        alias: of the relation with the scale.
        key: name of the column of buckets.
        unit: of times, see `coordinate`.
        slack: whether the two sides' types may round apart.
    """

    alias: str
    key: str
    unit: int | None
    slack: bool


def buckets_of(left: TypedSide, right: TypedSide, alias: str, key: str, slack: bool) -> Buckets:
    """Return how the buckets of two sides are counted, with `slack` whatever their types."""
    types = [left.low, left.high, right.low, right.high]
    return Buckets(alias, key, common_unit(types), slack or len(set(types)) > 1)


def point_bucket(one: TypedSide, how: Buckets) -> exp.Expr:
    """Return the bucket of a point."""
    return bucket(one.span(how.unit)[0], how.alias)


def covered(one: TypedSide, how: Buckets, ordered: bool) -> tuple[exp.Expr, exp.Expr]:
    """Return the first and the last bucket of a span.

    Args:
        one: the side.
        how: how buckets are counted.
        ordered: whether a span the wrong way round counts from its end to its start; else it covers nothing.
    """
    ends = one.ends(how.unit, ordered)
    if how.slack:
        ends = (loosened(ends[0], True), loosened(ends[1], False))
    first, last = (bucket(end, how.alias) for end in ends)
    if one.side.open_low:
        first = unless_null(one.side.low, first, exp.Literal.number("0"))
    if one.side.open_high:
        last = unless_null(one.side.high, last, last_bucket(how.alias))
    return first, last


def pieces(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Return the list of a span's buckets, for points to meet."""
    return call("generate_series", first, last)


def left_pieces(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Return the list of a left span's buckets, for right spans to meet."""
    others = call("generate_series", _times(first, 3), _times(last, 1), exp.Literal.number("2"))
    return call("array_append", others, _times(copy(first), 0))


def right_pieces(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Return the list of a right span's buckets, for left spans to meet."""
    every = call("generate_series", _times(first, 0), _times(last, 0), exp.Literal.number("2"))
    return call("array_append", every, _times(copy(first), 1))


def _times(node: exp.Expr, more: int) -> exp.Expr:
    doubled = exp.Mul(this=node, expression=exp.Literal.number("2"))
    return doubled if more == 0 else exp.Add(this=doubled, expression=exp.Literal.number(str(more)))


def with_column(one: TypedSide, used: frozenset[str], name: str, value: exp.Expr, *beside: exp.Expr) -> exp.Subquery:
    """Return a relation under its alias with a further column.

    Args:
        one: the side.
        used: names of its columns that the query around may name.
        name: of the column.
        value: the column.
        beside: relations of one row that it reads.
    """
    alias = one.side.relation
    kept = [named(column(alias, each), each) for each in one.columns if each in used]
    return derived(select([*kept, named(value, name)], copy(one.node), *beside), alias)
