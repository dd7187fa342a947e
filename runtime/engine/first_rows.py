"""Owns reading from an optimised plan that only the first rows of an order are needed of a scan.

In: the nodes from a plan's root down to a scan. Out: `FirstRows`, where nothing but columns under other names, and conditions
that the scan has itself, lies between the scan and a sort that takes so many rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from datafusion.expr import Expr
from datafusion.plan import LogicalPlan

from ...planner.predicates import FirstRows

TRUE = "Boolean(true)"


@dataclass(frozen=True, slots=True)
class Order:
    """First rows that a node higher up takes of a node's rows.

    Args:
        first: the order, its column by the name that the node gives it.
        conditions: what filters in between ask, as the engine spells it.
    """

    first: FirstRows
    conditions: frozenset[str] = frozenset()


def below(node: LogicalPlan, order: Order | None) -> Order | None:
    """Return which of the first rows of a node's input are needed, given those of the node's own; None for all."""
    try:
        variant: Any = node.to_variant()
    except Exception:  # a kind of node that Python doesn't know; bare `Exception`s are all that the engine raises here
        return None
    kind = type(variant).__name__
    if kind == "Sort":
        return _sorted(variant)
    if order is None or kind == "SubqueryAlias":
        return order
    if kind == "Projection":
        return _renamed(variant.projections(), order)
    if kind == "Filter":
        parts = frozenset(part.canonical_name() for part in conjuncts(Expr(variant.predicate())))
        return replace(order, conditions=order.conditions | parts)
    return None


def first_rows(order: Order | None, scan: Any, conditions: Iterable[str]) -> FirstRows | None:
    """Return the first rows that are needed of a scan, among those that satisfy its conditions, as the engine spells them."""
    if order is None or scan.fetch() is not None or not order.conditions <= {TRUE, *conditions}:
        return None
    return order.first if order.first.column in {name for _, name in scan.projection()} else None


def conjuncts(condition: Expr) -> Iterable[Expr]:
    """Yield the operands of a chain of AND, however deep."""
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        variant: Any = one.to_variant() if one.variant_name() == "BinaryExpr" else None
        if variant is not None and variant.op() == "AND":
            waiting += [Expr(variant.right()), Expr(variant.left())]
        else:
            yield one


def _sorted(sort: Any) -> Order | None:
    """Return the rows that a sort takes, if it takes so many and no more, by its leading key, if that is a column."""
    count, keys = sort.get_fetch_val(), sort.sort_exprs()
    column = _column(_expr(keys[0].expr())) if keys else None
    if count is None or column is None:
        return None
    return Order(FirstRows(column, not keys[0].ascending(), keys[0].nulls_first(), count))


def _renamed(projections: Iterable[Any], order: Order) -> Order | None:
    """Return an order by the name that its column has below a projection; None where it is computed there."""
    found = [one for one in map(_expr, projections) if _name(one) == order.first.column]
    column = _column(found[0]) if len(found) == 1 else None
    return None if column is None else replace(order, first=replace(order.first, column=column))


def _name(projected: Expr) -> str:
    """Return what a projection calls an expression."""
    variant: Any = projected.to_variant() if projected.variant_name() in ("Alias", "Column") else None
    if variant is None:
        return projected.canonical_name()
    return str(variant.alias() if projected.variant_name() == "Alias" else variant.name())


def _column(expression: Expr) -> str | None:
    while expression.variant_name() == "Alias":
        expression = Expr(expression.to_variant().expr())
    return str(expression.to_variant().name()) if expression.variant_name() == "Column" else None


def _expr(raw: Any) -> Expr:
    return raw if isinstance(raw, Expr) else Expr(raw)
