"""Owns IS [NOT] DISTINCT FROM between columns: the engine must not come to join on it.

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
