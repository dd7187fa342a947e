"""Owns whether reading the relations of a query twice gives the same rows: not where LIMIT, chance or ties choose among them."""

from __future__ import annotations

from sqlglot import exp

from ..trees import table_name
from .constant_keys import DROPPED
from .context import Binding
from .correlation import own
from .python_calls import is_volatile as python_is_volatile

BY_PEERS = frozenset({"rank", "dense_rank", "percent_rank", "cume_dist"})
"""Window functions that give rows which are equal in order the same value."""

BY_ROW = frozenset({"row_number", "ntile", "lag", "lead", "first_value", "last_value", "nth_value"})


def is_volatile(binding: Binding, tree: exp.Expr) -> bool:
    """Say whether a tree calls a function that gives another value each time."""
    for call in tree.find_all(exp.Anonymous):
        known = binding.catalog.built_ins.get(str(call.this).lower())
        if (known is not None and known.volatility == "volatile") or python_is_volatile(binding, call):
            return True
    return False


def repeats(binding: Binding, tree: exp.Expr, around: exp.Expr | None = None) -> bool:
    """Say whether reading the relations of a tree twice gives the same rows; see `unstable_views`."""
    return unstable_views(binding, tree, around) == frozenset()


def unstable_views(binding: Binding, tree: exp.Expr, around: exp.Expr | None = None) -> frozenset[str] | None:
    """Return the views that have to be computed once so that reading the relations of a tree twice gives the same rows.

    Args:
        binding: what is bound.
        tree: reads them.
        around: the statement whose common table expressions the tree may name.

    Returns:
        None where the tree itself chooses among rows, so that no view is to blame.
    """
    ctes = {str(cte.alias): cte.this for cte in around.find_all(exp.CTE)} if around is not None else {}
    waiting, met, found = [tree], set[str](), set[str]()
    while waiting:
        part = waiting.pop()
        if is_limited(part) or is_volatile(binding, part):
            return None
        for table in part.find_all(exp.Table):
            name = table_name(table)
            if name in ctes and name not in met:
                met.add(name)
                waiting.append(ctes[name])
            elif name not in ctes and name in binding.catalog.unstable:
                found.add(name)
    return frozenset(found)


def is_limited(tree: exp.Expr) -> bool:
    """Say whether which rows or values a tree gives is up to LIMIT, or to which of equal rows comes first."""
    if tree.find(exp.Limit, exp.Offset) is not None:
        return True
    return any(_numbers_ties(select) for select in tree.find_all(exp.Select))


def _numbers_ties(select: exp.Select) -> bool:
    """Say whether windows of a select tell rows apart that are equal in order, but not in all columns that it names."""
    windows = [node for node in own(select) if isinstance(node, exp.Window) and "span" in node.meta and _by_row(node)]
    if not windows:
        return False
    named = {(one.table, one.name) for one in own(select) if isinstance(one, exp.Column)}
    return any(named - _keys(window) for window in windows)


def _by_row(window: exp.Window) -> bool:
    call = window.this
    while isinstance(call, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        call = call.this
    name = str(call.name).lower()
    spec = window.args.get("spec")
    rows = spec is not None and str(spec.args.get("kind") or "").upper() == "ROWS"
    return name in BY_ROW or (rows and name not in BY_PEERS)


def _keys(window: exp.Window) -> set[tuple[str, str]]:
    order = window.args.get("order")
    keys = [*(window.args.get("partition_by") or ()), *(one.this for one in (order.expressions if order is not None else ()))]
    dropped: frozenset[tuple[str, str]] = window.meta.get(DROPPED, frozenset())
    return {(one.table, one.name) for one in keys if isinstance(one, exp.Column)} | dropped
