"""Owns comparisons of rows, `(a, b) < (c, d)`: spelt out by columns, so that NULLs are what they are elsewhere.

The engine compares rows as structs, where NULL is a value like others.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import counted
from ...dialect.nodes import clone
from .columns import copy_place
from .context import Binding

ORDERED: dict[type[exp.Expr], type[exp.Expr]] = {exp.LT: exp.LT, exp.LTE: exp.LT, exp.GT: exp.GT, exp.GTE: exp.GT}


def compare_rows(binding: Binding, node: exp.Expr) -> exp.Expr:
    """Return a bound comparison of rows, or IN over a list of rows, by columns; any other node as it is."""
    if not isinstance(node.this, exp.Tuple):
        return node
    if isinstance(node, exp.In) and node.args.get("query") is None and node.expressions:
        parts = [_equal(binding, node, node.this, row) for row in node.expressions]
        return _placed(exp.or_(*(one for one in parts if one is not None), copy=False), node) if all(parts) else node
    kind, other = type(node), node.args.get("expression")
    if not isinstance(other, exp.Tuple) or kind not in (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, *ORDERED):
        return node
    if not _same_width(binding, node, node.this, other):
        return node
    if kind in ORDERED:
        return _placed(_before(node.this.expressions, other.expressions, kind), node)
    pairs = [kind(this=clone(a), expression=clone(b)) for a, b in zip(node.this.expressions, other.expressions, strict=True)]
    joined = exp.and_ if kind in (exp.EQ, exp.NullSafeEQ) else exp.or_
    return _placed(joined(*pairs, copy=False), node)


def _equal(binding: Binding, node: exp.Expr, one: exp.Expr, other: exp.Expr) -> exp.Expr | None:
    if not isinstance(other, exp.Tuple) or not _same_width(binding, node, one, other):
        return None
    pairs = (exp.EQ(this=clone(a), expression=clone(b)) for a, b in zip(one.expressions, other.expressions, strict=True))
    return exp.and_(*pairs, copy=False)


def _before(left: list[exp.Expr], right: list[exp.Expr], kind: type[exp.Expr]) -> exp.Expr:
    """Return `a < c OR a = c AND b < d`; the last column decides whether equal rows count."""
    if len(left) == 1:
        return kind(this=clone(left[0]), expression=clone(right[0]))
    first = ORDERED[kind](this=clone(left[0]), expression=clone(right[0]))
    same = exp.EQ(this=clone(left[0]), expression=clone(right[0]))
    return exp.or_(first, exp.and_(same, _before(left[1:], right[1:], kind), copy=False), copy=False)


def _same_width(binding: Binding, node: exp.Expr, one: exp.Expr, other: exp.Expr) -> bool:
    if len(one.expressions) == len(other.expressions):
        return True
    found = f"{counted(len(one.expressions), 'value')} and {counted(len(other.expressions), 'value')}"
    binding.fail("T2014", f"rows of {found} are compared", other, help="give both as many")
    return False


def _placed(made: exp.Expr, node: exp.Expr) -> exp.Expr:
    copy_place(made, node)
    return made
