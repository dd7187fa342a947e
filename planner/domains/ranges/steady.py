"""Owns whether a relation gives the same rows each time it is read: its widths are worked out beside its rows, so it is read twice."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ....dialect.types_sql import node_type
from ...trees import table_name, walk_tables
from ...views import PlannedView
from ..base import DomainContext
from .nodes import SETTLED

STEADY_AGGREGATES = frozenset({"count", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor", "approx_distinct", "grouping"})
"""Aggregates whose result is the same whatever the order of the rows; `sum` is where it adds decimals or whole numbers."""

EVERY = 2**62
"""A LIMIT that cuts nothing, with which planners keep the engine from sorting the sides of a union apart."""

STEADY_WINDOWS = frozenset({"rank", "dense_rank", "percent_rank", "cume_dist"})


def unsteady(view: PlannedView, relation: exp.Expr, context: DomainContext) -> str | None:
    """Return why a relation of a view may give other rows when it is read again, or None.

    Args:
        view: the view whose tree the relation stands in.
        relation: a table or derived table.
        context: what is known.
    """
    met: set[str] = set()
    waiting: list[tuple[PlannedView, exp.Expr]] = [(view, relation)]
    while waiting:
        home, tree = waiting.pop()
        if (found := _chance(tree, context)) is not None:
            return found
        for part in _read(home, tree):
            if isinstance(part, exp.CTE):
                if id(part) not in {id(one) for _, one in waiting} and f"{home.name}\0{part.alias}" not in met:
                    met.add(f"{home.name}\0{part.alias}")
                    waiting.append((home, part.this))
            elif part in context.rules.views.by_name and part not in home.relations and part not in met:
                met.add(part)
                other = context.rules.views[part]
                waiting.append((other, other.tree))
    return None


def _read(view: PlannedView, tree: exp.Expr) -> Iterator[exp.CTE | str]:
    """Yield what a part of a view reads: common table expressions, and names of views and relations."""
    inside = {id(node) for node in tree.walk() if isinstance(node, exp.Table)}
    for table, cte in walk_tables(tree.root()):
        if id(table) in inside:
            yield cte if cte is not None else table_name(table)


def _chance(tree: exp.Expr, context: DomainContext) -> str | None:
    for node in tree.walk():
        if isinstance(node, exp.Limit | exp.Offset | exp.TableSample) and node.args.get("expression") != exp.Literal.number(EVERY):
            return "LIMIT chooses among its rows"
        if isinstance(node, exp.Distinct) and node.args.get("on") is not None:
            return "DISTINCT ON chooses among its rows"
        if isinstance(node, exp.Anonymous) and (found := _call_chance(node, context)) is not None:
            return found
    return None


def _call_chance(node: exp.Anonymous, context: DomainContext) -> str | None:
    if node.meta.get(SETTLED):
        return None
    name = str(node.name).lower()
    if name in context.rules.volatile:
        return f"`{name}` gives another value each time"
    if name == "sum":
        steady = all(isinstance(one, exp.Cast) and node_type(one.to).name in ("DECIMAL", "BIGINT") for one in node.expressions)
    elif name in context.rules.aggregates:
        steady = name in STEADY_AGGREGATES
    else:
        steady = not isinstance(node.parent, exp.Window) or node.arg_key != "this" or name in STEADY_WINDOWS
    return None if steady else f"`{name}` may depend on the order of its rows"
