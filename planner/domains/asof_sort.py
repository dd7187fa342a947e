"""Owns an ASOF join as one sort of both sides together, and a join on equalities.

Both sides' times are sorted as one list within each group, and the last time of the right side is carried on to the rows
of the left; with it they find the right side's row by equality. So the work grows with the rows, not with their pairs.
The right side is read twice, so it has to give the same rows both times.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ..asof import NEXT, AsofJoin, free_name, read_asof, spans
from .ranges.nodes import column as _column
from .ranges.nodes import derived as _derived
from .ranges.nodes import named as _named
from .ranges.steady import EVERY

LEFT, AT, FOUND, KEY, LATEST = "left~", "at~", "found~", "key~", "latest~"
Types = Sequence[tuple[DataType, DataType]]


def meet(one: DataType, other: DataType) -> bool:
    """Say whether two compared types have one in which both stand in one list, unchanged."""
    dates = {one.name, other.name} == {"DATE", "TIMESTAMP"} and not one.zone and not other.zone
    return one == other or dates or (one.is_integer and other.is_integer and "BIGINT UNSIGNED" not in (one.name, other.name))


def _cast(value: exp.Expr, own: DataType, other: DataType) -> exp.Expr:
    """Return a value in the type that both sides have in the list."""
    if own.name == "DATE" and other.name == "TIMESTAMP":
        return exp.Cast(this=clone(value), to=type_node(other))
    return clone(value)


def sort_both(select: exp.Select, one: AsofJoin, types: Types, number: int) -> None:
    """Replace one ASOF join of a select in place; `number` tells it from others."""
    from ..bind.folding import fold_as  # the binder's package knows this one

    joins = list(select.args["joins"])
    count = next(at for at, join in enumerate(joins) if join is one.join)
    alias = fold_as(select, count, f"{LEFT}{number}")
    one = read_asof(one.join)
    left: exp.Subquery = select.args["from_"].this
    columns = [str(item.alias) for item in left.this.expressions]
    pairs = [(one.main.this, one.main.expression), *((key.this, key.expression) for key in one.keys)]
    values = [(_cast(a, *kinds), _cast(b, *reversed(kinds))) for (a, b), kinds in zip(pairs, types, strict=True)]
    carried = _carried(one, left, columns, values, number)
    select.set("from_", exp.From(this=carried))
    right = _latest(one, select, number)
    one.join.set("this", right)
    keys = [exp.EQ(this=_column(alias, f"{KEY}{at}"), expression=value) for at, (_, value) in enumerate(values[1:], start=1)]
    found = exp.EQ(this=_column(alias, FOUND), expression=values[0][1])
    one.join.set("method", None)
    one.join.set("match_condition", None)
    one.join.set("on", exp.and_(*keys, found, *one.within, copy=False))


def _carried(
    one: AsofJoin, left: exp.Subquery, columns: Sequence[str], values: Sequence[tuple[exp.Expr, exp.Expr]], number: int
) -> exp.Subquery:
    """Return the left side's rows with their keys and the time of the right side that each of them meets."""
    alias, both = str(left.alias), f"both~{number}"
    names = [f"{KEY}{at}" for at in range(1, len(values))]
    own = [_named(_column(alias, name), name) for name in columns]
    own += [_named(value, name) for (value, _), name in zip(values[1:], names, strict=True)]
    own += [_named(values[0][0], AT), _named(exp.Null(), FOUND)]
    theirs = [_named(exp.Null(), name) for name in columns]
    theirs += [_named(clone(value), name) for (_, value), name in zip(values[1:], names, strict=True)]
    theirs += [_named(clone(values[0][1]), AT), _named(clone(values[0][1]), FOUND)]
    present = [exp.Not(this=exp.Is(this=exp.Paren(this=clone(value)), expression=exp.Null())) for _, value in values]
    right = exp.Select(expressions=theirs, from_=exp.From(this=clone(one.join.this)), where=exp.Where(this=exp.and_(*present, copy=False)))
    union = exp.Union(this=exp.Select(expressions=own, from_=exp.From(this=left)), expression=right, distinct=False)
    # The engine would sort the two sides apart, each without the keys that are constant in it, and then can't merge them.
    union.set("limit", exp.Limit(expression=exp.Literal.number(EVERY)))
    items = [_named(_column(both, name), name) for name in (*columns, *names)]
    items += [_named(_column(both, FOUND), "own~"), _named(_window(one, both, names), FOUND)]
    marked = exp.Select(expressions=items, from_=exp.From(this=_derived(union, both)))
    seen = f"seen~{number}"
    kept = [_named(_column(seen, name), name) for name in (*columns, *names, FOUND)]
    where = exp.Where(this=exp.Is(this=_column(seen, "own~"), expression=exp.Null()))
    return _derived(exp.Select(expressions=kept, from_=exp.From(this=_derived(marked, seen)), where=where), alias)


def _window(one: AsofJoin, both: str, names: Sequence[str]) -> exp.Window:
    """Return the last time of the right side up to each row: its rows come first among equals where equal times match."""
    strict = isinstance(one.main, exp.GT | exp.LT)
    order = exp.Order(
        expressions=[
            exp.Ordered(this=_column(both, AT), desc=one.descends, nulls_first=True),
            exp.Ordered(this=_column(both, FOUND), desc=False, nulls_first=strict),
        ]
    )
    frame = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    call = exp.Anonymous(this="min" if one.descends else "max", expressions=[_column(both, FOUND)])
    # Without groups the engine would copy all earlier rows again and again; no time of the right side is NULL.
    groups: list[exp.Expr] = [_column(both, name) for name in names]
    groups = groups or [exp.Paren(this=exp.Is(this=_column(both, AT), expression=exp.Null()))]
    return exp.Window(this=call, partition_by=groups, order=order, spec=frame, over="OVER")


def _latest(one: AsofJoin, select: exp.Select, number: int) -> exp.Subquery:
    """Return the right side with one row for each group and time: the one that is taken."""
    from ..bind.folding import mentions

    read = list(dict.fromkeys(column.name for column in mentions(select, frozenset({one.alias}))))
    following = free_name(NEXT, read)
    marked = spans(one, read, following)
    inner = f"{LATEST}{number}"
    time = clone(one.main.expression)
    for column in (time, *time.find_all(exp.Column)):
        if isinstance(column, exp.Column):
            column.set("table", exp.to_identifier(inner, quoted=True))
    marked.set("alias", exp.TableAlias(this=exp.to_identifier(inner, quoted=True)))
    last = exp.Is(this=_column(inner, following), expression=exp.Null())
    where = exp.Where(this=exp.or_(last, exp.NEQ(this=_column(inner, following), expression=time), copy=False))
    items = [_named(_column(inner, name), name) for name in read]
    return _derived(exp.Select(expressions=items, from_=exp.From(this=marked), where=where), one.alias)
