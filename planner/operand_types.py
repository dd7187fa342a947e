"""Owns asking the engine for the types of expressions inside a view, all those of one SELECT at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from ..dialect.nodes import clone
from ..dialect.types import DataType, Schema
from ..dialect.walk import find_all
from .lower import types_of
from .ports import EngineRefusal
from .rules.base import Context
from .views import PlannedView

_FROM = ("from_", "joins", "laterals")


def operand_types(view: PlannedView, context: Context, wanted: Sequence[exp.Expr]) -> Mapping[int, DataType]:
    """Return the types of expressions of a view by `id`; those that the engine can't tell where they stand are missing."""
    groups: dict[tuple[int, bool], list[exp.Expr]] = {}
    selects: dict[int, exp.Select] = {}
    found: dict[int, DataType] = {}
    for node in wanted:
        select = node.find_ancestor(exp.Select)
        if select is not None:
            selects[id(select)] = select
            groups.setdefault((id(select), _has_aggregate(node, context)), []).append(node)
    for (at, grouped), members in groups.items():
        found |= _asked(view, context, selects[at], members, grouped)
    return found


def _has_aggregate(node: exp.Expr, context: Context) -> bool:
    """Say whether an expression holds an aggregate over the rows of its group."""
    calls = (one for one in find_all(node, exp.Anonymous) if str(one.this).lower() in context.aggregates)
    return any(not _is_window(one) for one in calls)


def _is_window(call: exp.Expr) -> bool:
    at = call.parent
    while isinstance(at, exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        at = at.parent
    return isinstance(at, exp.Window)


def _asked(view: PlannedView, context: Context, select: exp.Select, members: Sequence[exp.Expr], grouped: bool) -> Mapping[int, DataType]:
    """Return the types of the members; each is asked for alone where all at once are refused."""
    try:
        fields = types_of(view, context, tuple(_before(select)), _query(select, members, grouped), _terms(view, context, select))
    except EngineRefusal:
        if len(members) == 1:
            return {}
        return {key: type_ for one in members for key, type_ in _asked(view, context, select, (one,), grouped).items()}
    return {id(node): field.type for node, field in zip(members, fields, strict=True)}


def _query(select: exp.Select, members: Sequence[exp.Expr], grouped: bool) -> exp.Select:
    items = [
        exp.Alias(this=_inside(select, node), alias=exp.to_identifier(f"operand {at}", quoted=True)) for at, node in enumerate(members)
    ]
    keys = (*_FROM, "with_", "windows", *(("group",) if grouped else ()))
    copies = {key: _copy(select.args[key]) for key in keys if select.args.get(key)}
    return exp.Select(expressions=items, **copies)


def _copy(value: exp.Expr | list[exp.Expr]) -> exp.Expr | list[exp.Expr]:
    return [clone(one) for one in value] if isinstance(value, list) else clone(value)


def _inside(select: exp.Select, node: exp.Expr) -> exp.Expr:
    """Return a copy of an expression of ORDER BY in which names of output columns are what they stand for."""
    if node.find_ancestor(exp.Order, exp.Select) is select:
        return clone(node)
    items = {item.alias_or_name: item for item in select.expressions}
    made = exp.Tuple(expressions=[clone(node)])
    for column in find_all(made, exp.Column):
        item = items.get(column.name) if not column.table else None
        if isinstance(item, exp.Alias):
            column.replace(clone(item.this))
    inner: exp.Expr = made.expressions[0]
    return inner


def _before(select: exp.Select) -> Iterator[exp.CTE]:
    """Yield the common table expressions of queries around a SELECT that it may read."""
    around: list[list[exp.CTE]] = []
    at: exp.Expr = select
    while at.parent is not None:
        inside, at = at, at.parent
        if isinstance(at, exp.With):
            around.append([cte for cte in at.expressions[: _place(at.expressions, inside)]])
        elif (with_ := at.args.get("with_")) is not None and inside is not with_:
            around.append(list(with_.expressions))
    for expressions in reversed(around):
        yield from expressions


def _place(items: Sequence[exp.Expr], item: exp.Expr) -> int:
    return next(at for at, one in enumerate(items) if one is item)


def _terms(view: PlannedView, context: Context, select: exp.Select) -> Mapping[str, Schema]:
    """Return the columns of the recursive query that a SELECT is a term of, by its name: those of its first term."""
    cte = select.find_ancestor(exp.CTE)
    with_ = cte.parent if cte is not None else None
    if cte is None or not isinstance(with_, exp.With) or not with_.args.get("recursive") or not isinstance(cte.this, exp.Union):
        return {}
    first = types_of(view, context, with_.expressions[: _place(with_.expressions, cte)], cte.this.this, {})
    names = [str(one.this) for one in cte.args["alias"].args.get("columns") or ()]
    return {cte.alias: Schema(tuple(replace(field, name=names[at]) if at < len(names) else field for at, field in enumerate(first)))}
