"""Owns the rule `column_pruning`: views lose the output columns that nobody reads, transitively.

Only plain SELECTs are pruned: not under DISTINCT or a set operation, not where a position or
GROUP BY ALL counts columns that go, and an aggregate without GROUP BY keeps one aggregate.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import Schema
from ..project import frozen
from ..views import PlannedView, Views
from .base import Context, RewriteRule

Needs = dict[str, set[str] | None]
ROW_MAKERS = {"unnest", "explode"}


def rewrite(views: Views, context: Context) -> Views:
    """Return the views without output columns that neither an output nor another view reads."""
    needs: Needs = {name: None for name in views.outputs}
    found: dict[str, PlannedView] = {}
    for view in reversed(views.in_order()):
        wanted = needs.get(view.name, set())
        found[view.name] = view if wanted is None else prune(view, wanted, context.aggregates)
        for reference in found[view.name].references:
            if reference.name in views.by_name:
                _add(needs, reference.name, _columns_of(found[view.name], reference.node))
    if all(found[name] is views[name] for name in views.order):
        return views
    return replace(views, by_name=frozen({name: found[name] for name in views.order}))


def _add(needs: Needs, name: str, columns: set[str] | None) -> None:
    known = needs.setdefault(name, set())
    if known is not None:
        needs[name] = None if columns is None else known | columns


def _columns_of(view: PlannedView, table: exp.Table) -> set[str] | None:
    """Return the columns of a referenced table that a view names anywhere, or None when that can't be told."""
    alias = table.args.get("alias")
    if alias is None or alias.args.get("columns"):
        return None
    select = table.find_ancestor(exp.Select)
    if any(_merges(join) and _is_under(join, select) for join in view.find_all(exp.Join)):
        return None
    if any(not isinstance(star.parent, exp.Func) for star in view.find_all(exp.Star)):
        return None
    name = alias.name
    return {column.name for column in view.find_all(exp.Column) if column.table in (name, "")}


def _merges(join: exp.Join) -> bool:
    return bool(join.args.get("using")) or "NATURAL" in str(join.args.get("method") or "").upper()


def _is_under(node: exp.Expr, around: exp.Expr | None) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not around:
        at = at.parent
    return at is not None


def prune(view: PlannedView, wanted: set[str], aggregates: frozenset[str]) -> PlannedView:
    """Return a view with only the wanted output columns, or itself where that would change its rows.

    Args:
        view: the view.
        wanted: names that are read.
        aggregates: names of the engine's aggregate functions, lower case.
    """
    tree = view.tree
    if not isinstance(tree, exp.Select) or not _is_plain(tree, view):
        return view
    makers = [node for node in view.nodes if _makes_rows(node)]
    kept = [at for at, item in enumerate(tree.expressions) if item.alias_or_name in wanted or _holds(item, makers)]
    found = [node for node in view.nodes if _aggregates(node, aggregates)]
    kept = sorted({*kept, *_positions(tree), *_one_aggregate(tree, kept, found)}) or [0]
    if len(kept) == len(tree.expressions):
        return view
    fields = view.schema.fields
    return view.rewritten(_without(tree, kept), Schema(tuple(fields[at] for at in kept)))


def _is_plain(select: exp.Select, view: PlannedView) -> bool:
    group = select.args.get("group")
    bare = any(not column.table for column in view.find_all(exp.Column))
    return not select.args.get("distinct") and not (group is not None and group.args.get("all")) and not bare


def _makes_rows(node: exp.Expr) -> bool:
    return isinstance(node, exp.Unnest) or (isinstance(node, exp.Func) and _function_name(node) in ROW_MAKERS)


def _holds(item: exp.Expr, nodes: list[exp.Expr]) -> bool:
    """Say whether one of some nodes stands in an output column."""
    return any(_is_under(node, item) for node in nodes)


def _function_name(node: exp.Expr) -> str:
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else node.key


def _positions(select: exp.Select) -> set[int]:
    """Return the columns that GROUP BY and ORDER BY name by position."""
    return {int(str(one.this)) - 1 for one in _position_nodes(select)}


def _position_nodes(select: exp.Select) -> list[exp.Literal]:
    group, order = select.args.get("group"), select.args.get("order")
    keys = [*(group.expressions if group is not None else ()), *(one.this for one in (order.expressions if order is not None else ()))]
    return [key for key in keys if isinstance(key, exp.Literal) and not key.is_string]


def _one_aggregate(select: exp.Select, kept: list[int], aggregates: list[exp.Expr]) -> set[int]:
    """Return an aggregate to keep where its loss would make one row into many."""
    if select.args.get("group") is not None:
        return set()
    found = [at for at, item in enumerate(select.expressions) if _holds(item, aggregates)]
    return set() if not found or set(found) & set(kept) else {found[0]}


def _aggregates(node: exp.Expr, aggregates: frozenset[str]) -> bool:
    return isinstance(node, exp.Func) and (isinstance(node, exp.AggFunc) or _function_name(node) in aggregates)


def _without(select: exp.Select, kept: list[int]) -> exp.Select:
    tree = clone(select)
    for node in _position_nodes(tree):
        node.set("this", str(kept.index(int(str(node.this)) - 1) + 1))
    tree.set("expressions", [tree.expressions[at] for at in kept])
    return tree


RULE = RewriteRule("column_pruning", "views lose output columns that nobody reads", rewrite)
