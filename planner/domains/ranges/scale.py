"""Owns the width of buckets: the query works it out from the spans' own starts and ends, in a relation of one row.

Buckets lie between the first end and the last start of all spans, so that spans without an end, or a stray value, widen
none; what lies outside falls into the first or the last. They are as wide as a part of the mean span, none of which counts
for more than all the room between, so that a span covers some few on average whatever the skew; and no more of them are
made than four for each span or point. Where equalities leave few spans to each of their values, one bucket holds all.

Both sides of a join read the row, each in a copy. Copies are equal: least, greatest and count are whatever the order of
the rows, and lengths are counted by powers of two and added as whole numbers, parts of 2^30 of the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ....dialect.types import BIGINT, DOUBLE
from ...functions.packs.buckets import TOLD
from .coordinates import clamped, unless_null
from .nodes import call, case, cast, column, copy, derived, filtered, named, number, over, select

POINTS, OVERLAPS = 8, 2
"""Buckets in a mean span that meets points, and spans: fewer try more pairs in vain, more make more pieces. Measured."""

FEW = 32
"""Spans for each value of the equalities below which an equality alone is as fast. Measured."""

LOW, HIGH, SCALE = "low", "high", "scale"


@dataclass(frozen=True, slots=True)
class Sample:
    """What widths are worked out from.

    Args:
        relation: the spans.
        low: coordinate of a span's start.
        high: coordinate of its end.
        keys: of equalities beside the range, of types whose values the engine can count.
        filters: tests of the relation alone that its rows have to pass.
    """

    relation: exp.Expr
    low: exp.Expr
    high: exp.Expr
    keys: tuple[exp.Expr, ...]
    filters: tuple[exp.Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the receipt says of a width that the query works out: the join in words, and the unit; see `unit_of`."""

    join: str
    ticks: str
    unit: str


def scale(samples: Sequence[Sample], alias: str, parts: int, told: Told, points: exp.Select | None = None) -> exp.Select:
    """Return the query of one row with `low`, `high` and `scale`, the buckets in a unit of coordinates.

    Args:
        samples: the spans of one side or both.
        alias: its name, from which those inside are made.
        parts: buckets in a mean span.
        told: what is told of it.
        points: a query of the number of points, `points`; None not to count them.
    """
    queries = [_spans(one) for one in samples]
    spans: exp.Query = queries[0]
    for other in queries[1:]:
        spans = exp.Union(this=spans, expression=other, distinct=False)
    keys = [f"key_{at}" for at in range(len(samples[0].keys))]
    made = _measured(_framed(_levels(derived(spans, f"{alias}_spans"), keys, alias), keys, alias), keys, alias)
    counted = [] if points is None else [derived(points, f"{alias}_points")]
    return _scaled(made, counted, parts, told)


def count_points(relation: exp.Expr, filters: Sequence[exp.Expr]) -> exp.Select:
    """Return the query of a relation's number of rows."""
    return filtered(select([named(call("count", exp.Star()), "points")], copy(relation)), filters)


def known_points(count: int) -> exp.Select:
    """Return the query of a number of points that is known."""
    return exp.Select(expressions=[named(exp.Literal.number(str(count)), "points")])


def _spans(sample: Sample) -> exp.Select:
    keys = [named(copy(key), f"key_{at}") for at, key in enumerate(sample.keys)]
    return filtered(select([named(sample.low, "low"), named(sample.high, "high"), *keys], copy(sample.relation)), sample.filters)


def _levels(spans: exp.Subquery, keys: list[str], alias: str) -> exp.Subquery:
    """Return the spans by length, one row for each power of two: first end, last start, number, different values of equalities."""
    own = str(spans.alias)
    length = call("greatest", exp.Sub(this=column(own, "high"), expression=column(own, "low")), number("1e-300"))
    level = call("floor", call("log2", length))
    values = [named(call("approx_distinct", column(own, key)), key) for key in keys]
    items = [
        named(level, "level"),
        named(call("min", column(own, "high")), "first"),
        named(call("max", column(own, "low")), "last"),
        named(call("count", exp.Star()), "spans"),
    ]
    made = select([*items, *values], spans)
    made.set("group", exp.Group(expressions=[copy(level)]))
    return derived(made, f"{alias}_levels")


def _framed(levels: exp.Subquery, keys: list[str], alias: str) -> exp.Subquery:
    """Return the levels beside the first end and the last start of all."""
    own = str(levels.alias)
    first, last = over(call("min", column(own, "first"))), over(call("max", column(own, "last")))
    kept = [named(column(own, name), name) for name in ("level", "spans", *keys)]
    frame = [named(call("least", first, last), "first"), named(call("greatest", copy(first), copy(last)), "last")]
    return derived(select([*kept, *frame], levels), f"{alias}_framed")


def _measured(levels: exp.Subquery, keys: list[str], alias: str) -> exp.Subquery:
    """Return the row of the frame, the number of spans, their length in parts of the frame, and the fewest values of equalities."""
    own = str(levels.alias)
    first, last, spans = column(own, "first"), column(own, "last"), column(own, "spans")
    room = call("nullif", exp.Sub(this=copy(last), expression=copy(first)), number("0"))
    mean = exp.Mul(this=number("1.5"), expression=call("power", number("2"), column(own, "level")))
    share = call("least", exp.Div(this=mean, expression=room), number("1"))
    parts = exp.Mul(this=exp.Mul(this=share, expression=number(str(2**30))), expression=cast(copy(spans), DOUBLE))
    values = [named(cast(call("max", column(own, key)), DOUBLE), key) for key in keys]
    items = [
        named(call("coalesce", call("min", first), number("0")), "first"),
        named(call("coalesce", call("max", last), number("0")), "last"),
        named(cast(call("coalesce", call("sum", cast(spans, BIGINT)), exp.Literal.number("0")), DOUBLE), "spans"),
        named(cast(call("coalesce", call("sum", cast(parts, BIGINT)), exp.Literal.number("0")), DOUBLE), "length"),
    ]
    return derived(select([*items, *values], levels), f"{alias}_measured")


def _scaled(row: exp.Subquery, counted: list[exp.Subquery], parts: int, told: Told) -> exp.Select:
    own = str(row.alias)
    first, last, spans = column(own, "first"), column(own, "last"), column(own, "spans")
    in_mean = exp.Div(
        this=exp.Mul(this=copy(spans), expression=number(f"{parts * 2**30}")),
        expression=call("greatest", column(own, "length"), number("1")),
    )
    most = [exp.Mul(this=number("4"), expression=copy(spans))]
    most += [exp.Mul(this=number("4"), expression=cast(column(str(one.alias), "points"), DOUBLE)) for one in counted]
    buckets: exp.Expr = call("greatest", call("least", in_mean, *most), number("1"))
    keys = [name for item in row.this.expressions if (name := str(item.alias)).startswith("key_")]
    if keys:
        fewest = call("greatest", *(column(own, key) for key in keys), number("1"))
        few = exp.LT(this=copy(spans), expression=exp.Mul(this=number(str(FEW)), expression=fewest))
        buckets = case((few, number("1")), default=buckets)
    room = exp.Sub(this=copy(last), expression=copy(first))
    some = exp.GT(this=room, expression=number("1e-200"))
    per_unit = case((some, exp.Div(this=buckets, expression=copy(room))), default=number("0"))
    texts = (exp.Literal.string(told.unit), exp.Literal.string(told.join))
    heard = call(TOLD, per_unit, copy(first), copy(last), number(told.ticks), *texts)
    return select([named(first, LOW), named(last, HIGH), named(heard, SCALE)], row, *counted)


def bucket(value: exp.Expr, alias: str) -> exp.Expr:
    """Return the number of the bucket of a coordinate, as BIGINT; null for null.

    Args:
        value: the coordinate.
        alias: of the relation that `scale` made, which stands beside.
    """
    low, high = column(alias, LOW), column(alias, HIGH)
    place = exp.Sub(this=clamped(value, low, high), expression=copy(low))
    return unless_null(value, cast(call("floor", exp.Mul(this=place, expression=column(alias, SCALE))), BIGINT))


def last_bucket(alias: str) -> exp.Expr:
    """Return the number of the last bucket."""
    room = exp.Sub(this=column(alias, HIGH), expression=column(alias, LOW))
    return cast(call("floor", exp.Mul(this=room, expression=column(alias, SCALE))), BIGINT)
