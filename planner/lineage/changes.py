"""Owns what differs between two bound projects, as nodes of the newer one's lineage: where an edit begins.

In: the project before and after. Out: `Edit`s. What only differs in the expressions of plain
columns begins at those columns; every other difference begins at the rows of the view.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..project import BoundFunction, BoundSource, BoundView, Project
from .graph import Node, NodeKind

How = Literal["new", "edited", "removed"]
SET_RETURNING = frozenset({"unnest", "explode", "generate_series", "range"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One relation or parameter that differs.

    Args:
        kind: what it is.
        name: its name.
        how: whether it is new, edited or gone.
        columns: the columns whose expressions differ, where nothing else does; else None.
        starts: where its influence begins in the newer project.
    """

    kind: NodeKind
    name: str
    how: How
    columns: tuple[str, ...] | None
    starts: tuple[Node, ...]


def edits(before: Project, after: Project, aggregates: Iterable[str] = ()) -> tuple[Edit, ...]:
    """Return what differs: parameters, then sources, then views in the order of the project.

    Args:
        before: the older project; what could not be bound in it counts as not there.
        after: the newer one.
        aggregates: names of the engine's aggregate functions, which change how many rows there are.
    """
    shaping = SET_RETURNING | {name.lower() for name in aggregates}
    return (*_parameters(before, after), *_sources(before, after), *_views(before, after, shaping))


def _parameters(before: Project, after: Project) -> Iterator[Edit]:
    for name in (*after.parameters, *(n for n in before.parameters if n not in after.parameters)):
        how = _how(_parameter(before, name), _parameter(after, name))
        if how is not None:
            yield Edit("parameter", name, how, None, (Node("parameter", name),) if how != "removed" else ())


def _parameter(project: Project, name: str) -> object:
    """Return what a parameter is apart from its place and comment, and its value, or None."""
    one = project.parameters.get(name)
    return None if one is None else (one.type, one.default, one.check, one.not_null, one.filter, project.values.get(name))


def _sources(before: Project, after: Project) -> Iterator[Edit]:
    for name in (*after.sources, *(n for n in before.sources if n not in after.sources and before.sources[n].declared)):
        how = _how(_source(before, name), _source(after, name))
        if how is not None and (how != "new" or after.sources[name].declared):
            yield Edit("source", name, how, None, () if how == "removed" else starts(after.sources[name]))


def _source(project: Project, name: str) -> object:
    one = project.sources.get(name)
    return None if one is None else (one.kind, one.arguments, one.schema)


def starts(relation: BoundSource | BoundView) -> tuple[Node, ...]:
    """Return the nodes of a source or a view: its rows and all columns."""
    kind: NodeKind = "source" if isinstance(relation, BoundSource) else "view"
    return (Node(kind, relation.name), *(Node(kind, relation.name, column) for column in relation.schema.names))


def _how(old: object, new: object) -> How | None:
    if old == new:
        return None
    return "new" if old is None else "removed" if new is None else "edited"


def _views(before: Project, after: Project, shaping: frozenset[str]) -> Iterator[Edit]:
    for name in (*after.order, *(n for n in before.order if n not in after.views)):
        old, new = before.views.get(name), after.views.get(name)
        if new is None:
            yield Edit("view", name, "removed", None, ())
        elif old is None:
            yield Edit("view", name, "new", None, starts(new))
        elif _text(old) != _text(new) or _around(old, before) != _around(new, after):
            columns = _columns(old, new, shaping) if _around(old, before) == _around(new, after) else None
            known = set(new.schema.names)
            begins = starts(new) if columns is None else tuple(Node("view", name, c) for c in columns if c in known)
            yield Edit("view", name, "edited", columns, begins)


def _text(view: BoundView) -> str:
    return to_sql(view.tree)


def _around(view: BoundView, project: Project) -> object:
    """Return everything of a view that is not its query: what its relations mean, the code that it calls, how its table is written."""
    code = {name: _code(project.functions[name]) for name in functions_of(view) if name in project.functions}
    relations = tuple((one.name, one.source) for one in view.relations)
    declared = view.materialized
    if declared is None:
        return relations, code
    where = None if view.replace_where is None else to_sql(view.replace_where)
    written = (declared.location.value.sql(), declared.mode, where, view.partition_by, view.key, declared.refresh)
    return relations, code, written, tuple(one.spec for one in view.expectations)


def functions_of(view: BoundView) -> frozenset[str]:
    """Return the project's functions that a view's query and its constraints call."""
    return frozenset(view.functions).union(*(one.functions for one in view.expectations))


def _code(function: BoundFunction) -> object:
    """Return what a function in Python does apart from the query that calls it; one in SQL stands in that query."""
    return None if function.python is None else (function.sql, function.python)


def _columns(old: BoundView, new: BoundView, shaping: frozenset[str]) -> tuple[str, ...] | None:
    """Return the columns whose expressions differ, or None when more than that does."""
    one, other = old.tree, new.tree
    if not isinstance(one, exp.Select) or not isinstance(other, exp.Select) or _frame(one) != _frame(other):
        return None
    before, after = _items(one), _items(other)
    differing = [name for name in (*after, *(n for n in before if n not in after)) if _sql(before.get(name)) != _sql(after.get(name))]
    changed_names = set(before) != set(after) or list(before) != [n for n in after if n in before]
    parts = [part[name] for part in (before, after) for name in differing if name in part]
    if (changed_names and other.args.get("distinct") is not None) or any(_shapes(part, shaping) for part in parts):
        return None
    return tuple(differing) or None


def _frame(select: exp.Select) -> str:
    """Return the text of a query without its columns."""
    bare = clone(select)
    bare.set("expressions", [exp.Literal.number(1)])
    return to_sql(bare)


def _items(select: exp.Select) -> dict[str, exp.Expr]:
    return {item.alias_or_name: item for item in select.expressions}


def _sql(item: exp.Expr | None) -> str | None:
    return None if item is None else to_sql(item)


def _shapes(item: exp.Expr, shaping: frozenset[str]) -> bool:
    """Say whether an expression can change how many rows there are."""
    return any(str(call.this).lower() in shaping for call in find_all(item, exp.Anonymous))
