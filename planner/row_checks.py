"""Owns row conditions in a stage's query: a column beside the rows that says whether each of them holds.

In: the views, rewritten and cut. Out: views whose outputs have those columns last, under names
that no column has. The engine forgets the ORDER BY of a query inside another one, so it moves
out with its keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from ..dialect.nodes import clone
from .checks import ROWS, condition_tree, row_conditions
from .project import frozen
from .spec import ExecutionSpec, OutputSpec
from .views import PlannedView, Views


def with_row_conditions(views: Views, spec: ExecutionSpec) -> Views:
    """Return the views; those that are outputs with row conditions compute these too."""
    changed = {one.view: _checked(views[one.view], one) for one in spec.outputs if row_conditions(one)}
    return replace(views, by_name=frozen({**views.by_name, **changed})) if changed else views


def free_prefix(prefix: str, taken: Sequence[str]) -> str:
    """Return a prefix that no name begins with.

    >>> free_prefix("check_", ["a", "Check_1"])
    'check__'
    """
    while any(name.lower().startswith(prefix) for name in taken):
        prefix += "_"
    return prefix


def _checked(view: PlannedView, output: OutputSpec) -> PlannedView:
    names = view.schema.names
    inner, order = _without_order(view.tree, names)
    items: list[exp.Expr] = [_item(_column(name), name) for name in names]
    prefix = free_prefix("check_", names)
    for at, one in enumerate(row_conditions(output), start=1):
        holds = exp.Is(this=exp.Paren(this=condition_tree(one)), expression=exp.Boolean(this=True))
        items.append(_item(holds, f"{prefix}{at}"))
    alias = exp.TableAlias(this=exp.to_identifier(ROWS, quoted=True))
    tree = exp.Select(expressions=items, from_=exp.From(this=exp.Subquery(this=inner, alias=alias)))
    if order:
        tree.set("order", exp.Order(expressions=order))
    tree.meta.update(view.tree.meta)
    return view.rewritten(tree)


def _item(node: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(ROWS, quoted=True))


def _without_order(tree: exp.Query, names: Sequence[str]) -> tuple[exp.Query, list[exp.Expr]]:
    """Return a query without its ORDER BY, and that over its columns; with a LIMIT the engine keeps both."""
    made = clone(tree)
    order = made.args.get("order")
    if order is None or any(made.args.get(clause) for clause in ("limit", "offset", "fetch")):
        return made, []
    keys = [_key(made, one.this, names, at) for at, one in enumerate(order.expressions, start=1)]
    if None in keys:
        return made, []
    made.set("order", None)
    found = []
    for key, one in zip(keys, order.expressions, strict=True):
        moved = one.copy()
        moved.set("this", _column(str(key)))
        found.append(moved)
    return made, found


def _key(tree: exp.Query, key: exp.Expr, names: Sequence[str], at: int) -> str | None:
    """Return the column of a query that it is ordered by, which is added where it has none."""
    if isinstance(key, exp.Literal) and not key.is_string:
        return names[int(str(key.this)) - 1]
    if isinstance(key, exp.Column) and not key.table:
        return key.name if key.name in names else None
    if not isinstance(tree, exp.Select):
        return None
    items = tree.expressions[: len(names)]
    same = next((name for name, item in zip(names, items, strict=True) if item.unalias() == key), None)
    if same is not None or tree.args.get("distinct"):
        return same
    name = f"{free_prefix('order_', names)}{at}"
    tree.append("expressions", _item(key.copy(), name))
    return name
