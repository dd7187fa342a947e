"""Owns an ASOF join as an index in memory: the right side is kept sorted, and the rows of the left find their match in it.

All rows of the right side are made one list, of which `keep` (`planner/asof_index.py`) makes an index; it gives the groups, each with
a number. The left side joins them by equality, and `find` gives each row of it what it finds. So the right side
is read and sorted once, and the left one isn't sorted at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import BIGINT, DataType
from ...dialect.types_sql import type_node
from ..asof import AsofJoin, free_name, read_asof
from ..asof_index import AsofIndex, Ordered
from .ranges.nodes import call, case, column, derived, named, settled

LEFT, NUMBER, HIT = "left~", "n~", "hit~"
_SIGNS = {exp.GTE: ">=", exp.GT: ">", exp.LTE: "<=", exp.LT: "<"}
_TIMES = frozenset({"DATE", "TIMESTAMP", "TIME", "FLOAT", "DOUBLE", "DECIMAL"})
_VALUES = _TIMES | {"BOOLEAN", "VARCHAR", "BYTEA"}
_LONG = 18
"""Digits of decimals that fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an index keeps of a right side.

    Args:
        read: names of the columns that are read of it.
        values: those columns, and what else it is ordered by.
        order: which of several rows at one time is taken, by places in `values`.
    """

    read: tuple[str, ...]
    values: tuple[exp.Expr, ...]
    order: tuple[Ordered, ...]


def kept_of(select: exp.Select, one: AsofJoin) -> Kept:
    """Return what an index has to keep of an ASOF join's right side."""
    from ..bind.folding import mentions  # the binder's package knows this one

    inside = {id(node) for part in (one.main, *one.keys, *one.order) for node in part.find_all(exp.Column)}
    met = {node.name: node for node in mentions(select, frozenset({one.alias})) if id(node) not in inside}
    values: list[exp.Expr] = list(met.values())
    order = []
    for item in one.order:
        if item.this not in values:
            values.append(item.this)
        order.append(Ordered(values.index(item.this), bool(item.args.get("desc")), bool(item.args.get("nulls_first"))))
    return Kept(tuple(met), tuple(clone(value) for value in values), tuple(order))


def shape_of(one: AsofJoin, kept: Kept, pairs: Sequence[tuple[DataType, DataType]], types: Sequence[DataType]) -> AsofIndex | DataType:
    """Return the index of an ASOF join, or a type that it can't keep.

    Args:
        one: the join.
        kept: what is kept.
        pairs: types of both sides' times and keys, which meet.
        types: of `kept.values`.
    """
    time = _common(*pairs[0])
    if not _fits(time, _TIMES) or (time.name == "DECIMAL" and (time.precision or 0) > _LONG):
        return time
    keys = tuple(right for _, right in pairs[1:])
    for kind in (*keys, *types):
        if not _fits(kind, _VALUES):
            return kind
    sign = next(sign for kind, sign in _SIGNS.items() if type(one.main) is kind)
    return AsofIndex(sign, keys, time, tuple(types), kept.order)  # type: ignore[arg-type]


def _common(one: DataType, other: DataType) -> DataType:
    if one == other:
        return one
    return BIGINT if one.is_integer else one if one.name == "TIMESTAMP" else other


def _fits(kind: DataType, names: frozenset[str]) -> bool:
    return (kind.is_integer or kind.name in names) and kind.zone in (None, "UTC")


def join_by_index(select: exp.Select, one: AsofJoin, kept: Kept, shape: AsofIndex, number: int) -> None:
    """Replace one ASOF join of a select in place; `number` tells it from others."""
    from ..bind.folding import fold_as, mentions

    count = next(at for at, join in enumerate(select.args["joins"]) if join is one.join)
    alias = fold_as(select, count, f"{LEFT}{number}")
    one = read_asof(one.join)
    left: exp.Subquery = select.args["from_"].this
    columns = [str(item.alias) for item in left.this.expressions]
    names = [free_name(f"c{at}~", columns) for at in range(len(kept.values))]
    one.join.pop()
    shown = dict(zip(kept.read, names, strict=False))
    for node in list(mentions(select, frozenset({one.alias}))):
        _move(node, alias, shown[node.name])
    groups = _groups(one, kept, shape, number)
    found = _found(one, groups, left, shape, [*columns, *names], number)
    select.set("from_", exp.From(this=derived(_shown(one, found, columns, shown), alias)))


def _move(node: exp.Column, alias: str, name: str) -> None:
    node.set("table", exp.to_identifier(alias, quoted=True))
    node.set("this", exp.to_identifier(name, quoted=True))


def _groups(one: AsofJoin, kept: Kept, shape: AsofIndex, number: int) -> exp.Subquery:
    """Return the groups of the right side, each with its number and its keys."""
    keys = [clone(key.expression) for key in one.keys]
    time = _cast(one.main.expression, shape)
    fields = [*((f"k{at}", key) for at, key in enumerate(keys)), ("t", time)]
    fields += [(f"c{at}", clone(value)) for at, value in enumerate(kept.values)]
    struct = call("named_struct", *(part for name, value in fields for part in (exp.Literal.string(name), value)))
    present = [exp.Not(this=exp.Is(this=exp.Paren(this=clone(value)), expression=exp.Null())) for value in (one.main.expression, *keys)]
    rows = settled(call("array_agg", struct))
    made = call("unnest", call(shape.keep.name, rows))
    inner = exp.Select(
        expressions=[named(made, "g")],
        from_=exp.From(this=clone(one.join.this)),
        where=exp.Where(this=exp.and_(*present, copy=False)),
    )
    alias = f"kept~{number}"
    items = [named(_field(alias, "n"), NUMBER), *(named(_field(alias, f"k{at}"), f"k{at}~") for at in range(len(keys)))]
    return derived(exp.Select(expressions=items, from_=exp.From(this=derived(inner, alias))), f"groups~{number}")


def _field(alias: str, name: str) -> exp.Expr:
    return call("get_field", column(alias, "g"), exp.Literal.string(name))


def _cast(value: exp.Expr, shape: AsofIndex) -> exp.Expr:
    return exp.Cast(this=clone(value), to=type_node(shape.time))


def _found(one: AsofJoin, groups: exp.Subquery, left: exp.Subquery, shape: AsofIndex, columns: Sequence[str], number: int) -> exp.Subquery:
    """Return the rows of the left side with what each finds."""
    alias = str(groups.alias)
    items: list[exp.Expr] = [named(column(str(left.alias), name), name) for name in columns[: len(columns) - len(shape.columns)]]
    items.append(call("unnest", call(shape.find.name, column(alias, NUMBER), _cast(one.main.this, shape))))
    keys = [exp.EQ(this=column(alias, f"k{at}~"), expression=clone(key.this)) for at, key in enumerate(one.keys)]
    join = exp.Join(this=left, kind=None if keys else "CROSS", side="RIGHT" if keys and _is_outer(one) else None)
    if keys:
        join.set("on", exp.and_(*keys, copy=False))
    query = exp.Select(expressions=items, from_=exp.From(this=groups), joins=[join])
    names = [*columns[: len(items) - 1], free_name(HIT, columns), *columns[len(items) - 1 :]]
    identifiers = [exp.to_identifier(name, quoted=True) for name in names]
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(f"found~{number}", quoted=True), columns=identifiers))


def _is_outer(one: AsofJoin) -> bool:
    return one.join.args.get("side") == "LEFT"


def _shown(one: AsofJoin, found: exp.Subquery, columns: Sequence[str], shown: dict[str, str]) -> exp.Select:
    """Return the rows that stay, with what was found where it is near enough."""

    alias = str(found.alias)
    near = [clone(one) for one in one.within]
    for node in list(_columns(near)):
        _move(node, alias, shown[node.name] if node.table == one.alias else node.name)
    hit = column(alias, free_name(HIT, [*columns, *shown.values()]))
    values: dict[str, exp.Expr] = {name: column(alias, name) for name in shown.values()}
    if near and _is_outer(one):
        values = {
            name: case((exp.and_(*(clone(test) for test in near), copy=False), value), default=exp.Null()) for name, value in values.items()
        }
    items = [named(column(alias, name), name) for name in columns] + [named(value, name) for name, value in values.items()]
    query = exp.Select(expressions=items or [named(exp.Literal.number(1), "one")], from_=exp.From(this=found))
    if not _is_outer(one):
        query.set("where", exp.Where(this=exp.and_(hit, *near, copy=False)))
    return query


def _columns(trees: Sequence[exp.Expr]) -> Iterator[exp.Column]:
    for tree in trees:
        yield from tree.find_all(exp.Column)
