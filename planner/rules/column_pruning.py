"""Owns the rule `column_pruning`: views lose the output columns that nobody reads, transitively.

Only plain SELECTs are pruned: not under DISTINCT or a set operation, not where a position or
GROUP BY ALL counts columns that go, and an aggregate without GROUP BY keeps one aggregate.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

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
                _add(needs, reference.name, _columns_of(found[view.name].tree, reference.node))
    if all(found[name] is views[name] for name in views.order):
        return views
    return replace(views, by_name=frozen({name: found[name] for name in views.order}))


def _add(needs: Needs, name: str, columns: set[str] | None) -> None:
    known = needs.setdefault(name, set())
    if known is not None:
        needs[name] = None if columns is None else known | columns


def _columns_of(tree: exp.Expr, table: exp.Table) -> set[str] | None:
    """Return the columns of a referenced table that a tree names anywhere, or None when that can't be told."""
    alias = table.args.get("alias")
    if alias is None or alias.args.get("columns") or table.args.get("pivots"):
        return None
    select = table.find_ancestor(exp.Select)
    for join in select.find_all(exp.Join) if select is not None else ():
        if join.args.get("using") or "NATURAL" in str(join.args.get("method") or "").upper():
            return None
    if tree.find(exp.Star) is not None and any(not isinstance(star.parent, exp.Func) for star in tree.find_all(exp.Star)):
        return None
    return {column.name for column in tree.find_all(exp.Column) if column.table in (alias.name, "")}


def prune(view: PlannedView, wanted: set[str], aggregates: frozenset[str]) -> PlannedView:
    """Return a view with only the wanted output columns, or itself where that would change its rows.

    Args:
        view: the view.
        wanted: names that are read.
        aggregates: names of the engine's aggregate functions, lower case.
    """
    tree = view.tree
    if not isinstance(tree, exp.Select) or not _is_plain(tree):
        return view
    kept = [at for at, item in enumerate(tree.expressions) if item.alias_or_name in wanted or _must_stay(item)]
    kept = sorted({*kept, *_positions(tree), *_one_aggregate(tree, kept, aggregates)}) or [0]
    if len(kept) == len(tree.expressions):
        return view
    fields = view.schema.fields
    return view.rewritten(_without(tree, kept), Schema(tuple(fields[at] for at in kept)))


def _is_plain(select: exp.Select) -> bool:
    group = select.args.get("group")
    bare = any(not column.table for column in select.find_all(exp.Column))
    return not select.args.get("distinct") and not (group is not None and group.args.get("all")) and not bare


def _must_stay(item: exp.Expr) -> bool:
    return any(_function_name(node) in ROW_MAKERS for node in item.find_all(exp.Func)) or item.find(exp.Unnest) is not None


def _function_name(node: exp.Expr) -> str:
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else node.key


def _positions(select: exp.Select) -> set[int]:
    """Return the columns that GROUP BY and ORDER BY name by position."""
    return {int(str(one.this)) - 1 for one in _position_nodes(select)}


def _position_nodes(select: exp.Select) -> list[exp.Literal]:
    group, order = select.args.get("group"), select.args.get("order")
    keys = [*(group.expressions if group is not None else ()), *(one.this for one in (order.expressions if order is not None else ()))]
    return [key for key in keys if isinstance(key, exp.Literal) and not key.is_string]


def _one_aggregate(select: exp.Select, kept: list[int], aggregates: frozenset[str]) -> set[int]:
    """Return an aggregate to keep where its loss would make one row into many."""
    if select.args.get("group") is not None:
        return set()
    found = [at for at, item in enumerate(select.expressions) if _aggregates(item, aggregates)]
    return set() if not found or set(found) & set(kept) else {found[0]}


def _aggregates(item: exp.Expr, aggregates: frozenset[str]) -> bool:
    return any(isinstance(node, exp.AggFunc) or _function_name(node) in aggregates for node in item.find_all(exp.Func))


def _without(select: exp.Select, kept: list[int]) -> exp.Select:
    tree = select.copy()
    for node in _position_nodes(tree):
        node.set("this", str(kept.index(int(str(node.this)) - 1) + 1))
    tree.set("expressions", [tree.expressions[at] for at in kept])
    return tree


RULE = RewriteRule("column_pruning", "views lose output columns that nobody reads", rewrite)
