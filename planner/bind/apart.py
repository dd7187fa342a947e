"""Owns columns of FROM that have names of output columns, where the engine would take one for the other: they get names of their own.

It can't tell them apart in ORDER BY (`SELECT r.k AS v … ORDER BY r.v`), nor beside UNNEST (`SELECT a + 1 AS a, unnest(l) AS x`).
So FROM is folded into a derived table that calls its columns otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from .columns import copy_place
from .context import Binding
from .correlation import is_aggregate, own
from .folding import fold


def tell_apart(binding: Binding, select: exp.Select) -> None:
    """Give columns of FROM that a select mixes up with its output columns names of their own, in place."""
    if select.args.get("from_") is None:
        return
    shown = {item.alias: item.unalias() for item in select.expressions}
    _settle_order(binding, select, shown)
    if any(_is_mixed(column, shown) for column in _looked_up(binding, select)):
        fold(binding, select, len(select.args.get("joins") or ()), avoid=frozenset(shown))


def _is_mixed(column: exp.Column, shown: Mapping[str, exp.Expr]) -> bool:
    return column.name in shown and shown[column.name] != column


def _settle_order(binding: Binding, select: exp.Select, shown: Mapping[str, exp.Expr]) -> None:
    """Sort by the position of an output column where a key is just what it shows, in place."""
    items = list(shown.values())
    group = select.args.get("group")
    whole = group is not None and group.args.get("all")
    for ordered in _keys(select):
        if ordered.this in items and (whole or any(_is_mixed(column, shown) for column in _bare(binding, ordered.this))):
            position = exp.Literal.number(items.index(ordered.this) + 1)
            copy_place(position, ordered.this)
            ordered.set("this", position)


def _keys(select: exp.Select) -> list[exp.Ordered]:
    order = select.args.get("order")
    return list(order.expressions) if order is not None else []


def _looked_up(binding: Binding, select: exp.Select) -> Iterator[exp.Column]:
    """Yield the columns that the engine looks up among output columns and those of FROM together."""
    for ordered in _keys(select):
        yield from _bare(binding, ordered.this)
    items = [item.unalias() for item in select.expressions]
    if any(_is_unnest(node) for item in items for node in (item, *own(item))):
        for item in items:
            yield from (node for node in (item, *own(item)) if isinstance(node, exp.Column) and node.table)


def _bare(binding: Binding, tree: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of an expression that stand in no aggregate, window or query: those have columns of their own."""
    if isinstance(tree, exp.Column):
        yield from (tree,) if tree.table else ()
    elif not isinstance(tree, exp.Query | exp.Window) and not is_aggregate(binding, tree):
        for part in tree.iter_expressions():
            yield from _bare(binding, part)


def _is_unnest(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "unnest"
