"""Owns IS [NOT] DISTINCT FROM between columns, for the engine must not come to join on it, and IS [NOT] TRUE and FALSE as values.

As soon as one of neighbouring inner joins is on IS NOT DISTINCT FROM, the engine takes every equality there for one, or
none. Wherever it is written, it can become a condition of a join: the engine moves conditions down, out of views, HAVING
and CASE, and takes NOT away. So values in place of NULL are compared instead, and for lists and the like lists of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DataType
from .columns import copy_place
from .context import Binding
from .domains import instead_of_null, same_value
from .infer import infer
from .repeatable import is_volatile


def settle_null_safe(binding: Binding, nodes: Iterable[exp.Expr]) -> None:
    """Rewrite such comparisons among some nodes in place; those with subqueries have to wait until these are lowered."""
    for node in list(nodes):
        if not isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
            continue
        left, right = node.this, node.expression
        if any(side.find(exp.Column) is None or side.find(exp.Query) is not None for side in (left, right)) or is_volatile(binding, node):
            continue
        made = exp.Paren(this=_same(clone(left), clone(right)))
        whole = exp.Not(this=made) if isinstance(node, exp.NullSafeNEQ) else made
        for part in whole.walk():
            copy_place(part, node)
        node.replace(whole)


def settle_truth(nodes: Iterable[exp.Expr]) -> None:
    """Rewrite `x IS TRUE` and `x IS FALSE` among some nodes in place where they are values, not conditions.

    The engine promises that such a value is never NULL, and forgets it when it makes the column: groups and aggregates over it are refused.
    """
    for node in list(nodes):
        if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Boolean) or _is_condition(node):
            continue
        asked = clone(node.this) if node.expression.this else exp.Not(this=exp.Paren(this=clone(node.this)))
        made = exp.Case(ifs=[exp.If(this=asked, true=exp.true())], default=exp.false())
        for part in made.walk():
            if "span" not in part.meta:
                copy_place(part, node)
        node.replace(made)


def _is_condition(node: exp.Expr) -> bool:
    around = node.find_ancestor(exp.Where, exp.Select)
    return isinstance(around, exp.Where)


def _same(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Return a comparison that is never NULL."""
    types = infer(left), infer(right)
    if _alike(*types):
        return same_value(left, right, *types)
    both = exp.and_(*(exp.Is(this=exp.Paren(this=clone(side)), expression=exp.Null()) for side in (left, right)), copy=False)
    return exp.Anonymous(this="coalesce", expressions=[exp.EQ(this=left, expression=right), both])


def _alike(left: DataType | None, right: DataType | None) -> bool:
    """Say whether values of two types may stand in for NULL beside each other; those of the same type always may."""
    if left is None or right is None:
        return False
    return left == right or (left.is_number and right.is_number and None not in (instead_of_null(left), instead_of_null(right)))
