"""Owns IS NOT DISTINCT FROM between columns as a condition of WHERE or ON: the engine must not join on it.

As soon as one of neighbouring inner joins is on IS NOT DISTINCT FROM, the engine takes every equality there for one, so
that rows with NULL are joined that should not be. Values in place of NULL are joined on instead, where the type has one.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from .columns import copy_place
from .correlation import conjuncts
from .domains import instead_of_null, same_values
from .infer import infer


def settle_null_safe(select: exp.Select) -> None:
    """Rewrite such conditions of a select in place."""
    where = select.args.get("where")
    found = conjuncts(where)
    for join in select.args.get("joins") or ():
        if join.args.get("on") is not None:
            holder = exp.Where(this=join.args["on"].copy())
            parts = conjuncts(holder)
            if any(isinstance(one, exp.NullSafeEQ) for one in parts):
                _settle(parts)
                join.set("on", holder.this)
    _settle(found)


def _settle(conditions: list[exp.Expr]) -> None:
    for node in conditions:
        if not isinstance(node, exp.NullSafeEQ) or any(side.find(exp.Column) is None for side in (node.this, node.expression)):
            continue
        left, right = node.this, node.expression
        type_ = infer(left)
        if type_ is not None and type_ == infer(right) and instead_of_null(type_) is not None:
            made = same_values([clone(left)], [clone(right)], [type_])
        else:
            nulls = (exp.Is(this=exp.Paren(this=clone(side)), expression=exp.Null()) for side in (left, right))
            made = exp.or_(exp.EQ(this=clone(left), expression=clone(right)), exp.and_(next(nulls), next(nulls), copy=False), copy=False)
        for part in made.walk():
            copy_place(part, node)
        node.replace(made)
