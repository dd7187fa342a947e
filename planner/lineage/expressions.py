"""Owns what an expression depends on: columns, parameters, subqueries, and in which way.

In: a bound expression and the scope it stands in. Out: influences. FILTER, windows, ordered
aggregates give their own kinds; `count(*)` depends on rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from ...dialect.nodes import Param
from ...dialect.walk import find_all
from .flow import NONE, Flow, Influence, Influences, Scope, marked
from .graph import Kind, Node

Evaluate = Callable[[exp.Expr, Scope], Flow]
Windows = tuple[exp.Expr, ...]

UNNESTING = ("unnest", "explode", "posexplode")


def dependencies(tree: exp.Expr | None, scope: Scope, evaluate: Evaluate, kind: Kind = "value", windows: Windows = ()) -> Influences:
    """Return what an expression depends on.

    Args:
        tree: bound expression, or None.
        scope: relations in sight.
        evaluate: gives the flow of a subquery in a scope.
        kind: how the clause it stands in influences.
        windows: named windows of the query.
    """
    found: set[Influence] = set()
    waiting: list[tuple[exp.Expr, Kind]] = [(tree, kind)] if tree is not None else []
    while waiting:  # no recursion: a thousand terms of one AND lie a thousand levels deep
        node, how = waiting.pop()
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            found |= marked(_column(node, scope), how)
        elif isinstance(node, Param):
            found.add((Node("parameter", str(node.name)), how))
        elif isinstance(node, exp.Star):
            found |= marked(scope.rows() | (NONE if _counts(node) else _all(scope)), how)
        elif isinstance(node, exp.Query | exp.Table | exp.Values):
            flow = evaluate(node, scope)
            found |= marked(flow.everything() | flow.rows, how)
        else:
            waiting += [(part, _how(node, key, how)) for key, part in _parts(node)]
            if isinstance(node, exp.Window) and node.args.get("alias") is not None and not any(node is one for one in windows):
                waiting += [(window, how) for window in _named(node, windows)]
    return frozenset(found)


def unnests(tree: exp.Expr) -> bool:
    """Say whether an expression gives several rows for one."""
    return any(isinstance(n, exp.Unnest | exp.Explode) or str(n.name).lower() in UNNESTING for n in find_all(tree, exp.Func))


def aggregates(tree: exp.Expr, names: frozenset[str]) -> bool:
    """Say whether an expression holds an aggregate that is no window function."""
    for node in find_all(tree, exp.Func):
        known = isinstance(node, exp.AggFunc) or str(node.name or node.sql_name()).lower() in names or node.sql_name().lower() in names
        if known and not _is_windowed(node) and not _is_nested(node, tree):
            return True
    return False


def _column(node: exp.Column, scope: Scope) -> Influences:
    alias, name = str(node.table), str(node.name)
    if not alias and _is_of_lambda(node, name):
        return NONE
    return scope.column(alias, name)


def _is_of_lambda(node: exp.Expr, name: str) -> bool:
    at = node.parent
    while at is not None:
        if isinstance(at, exp.Lambda) and any(str(one.name) == name for one in at.expressions):
            return True
        at = at.parent
    return False


def _parts(node: exp.Expr) -> Iterable[tuple[str, exp.Expr]]:
    for key, value in node.args.items():
        for one in value if type(value) is list else (value,):
            if isinstance(one, exp.Expr):
                yield key, one


def _how(node: exp.Expr, key: str, how: Kind) -> Kind:
    """Return the kind of a part: the first clause that is no plain value says it."""
    if isinstance(node, exp.Filter) and key == "expression":
        return "filter" if how == "value" else how
    if isinstance(node, exp.Window) and key == "partition_by":
        return "group" if how == "value" else how
    if isinstance(node, exp.Order | exp.WithinGroup) and key in ("expressions", "expression"):
        return "order" if how == "value" else how
    return how


def _counts(star: exp.Expr) -> bool:
    return isinstance(star.parent, exp.Func)


def _all(scope: Scope) -> Influences:
    return NONE.union(*(flow.everything() for _, flow in scope.relations))


def _named(node: exp.Expr, windows: Windows) -> list[exp.Expr]:
    """Return the named window that a window refers to; all of them where one may build on another."""
    name = str(node.args["alias"].name).lower()
    mine = [window for window in windows if str(window.name).lower() == name]
    return mine if mine and all(window.args.get("alias") is None for window in mine) else list(windows)


def _is_windowed(node: exp.Expr) -> bool:
    at = node.parent
    while isinstance(at, exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        at = at.parent
    return isinstance(at, exp.Window)


def _is_nested(node: exp.Expr, root: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not root:
        if isinstance(at, exp.Query):
            return True
        at = at.parent
    return False
