"""Owns how far apart the two rows of an ASOF join may be: what is read as a tolerance, and the condition that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...dialect.nodes import clone
from .columns import copy_place


@dataclass(frozen=True, slots=True)
class Limit:
    """`late - early <= width`, or the like, as written."""

    late: exp.Expr
    early: exp.Expr
    width: exp.Expr


def distance(node: exp.Expr) -> Limit | None:
    """Return what an inequality says of the distance of two values; None where it says nothing of the kind.

    It is read of `a - b <= width`, `a <= b + width` and `a - width <= b`, and of each turned round.
    """
    if isinstance(node, exp.GTE):
        small, great = node.expression, node.this
    elif isinstance(node, exp.LTE):
        small, great = node.this, node.expression
    else:
        return None
    small, great = _bare(small), _bare(great)
    if isinstance(small, exp.Sub) and _is_constant(great):
        return Limit(_bare(small.this), _bare(small.expression), great)
    if isinstance(great, exp.Add) and _is_constant(great.expression):
        return Limit(small, _bare(great.this), great.expression)
    if isinstance(small, exp.Sub) and _is_constant(small.expression):
        return Limit(_bare(small.this), great, small.expression)
    return None


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _is_constant(node: exp.Expr) -> bool:
    return node.find(exp.Column) is None


def tolerance(main: exp.Expr, width: exp.Expr, down: bool) -> exp.Expr:
    """Return the condition that the right side's value is no further from the left side's than a width.

    Args:
        main: the bound inequality, the left side first.
        width: a constant.
        down: whether the right side's value is the lesser one.
    """
    here, there = clone(main.this), clone(main.expression)
    bare = here if isinstance(here, exp.Column | exp.Literal) else exp.Paren(this=here)
    edge = (exp.Sub if down else exp.Add)(this=bare, expression=clone(width))
    made = (exp.GTE if down else exp.LTE)(this=there, expression=edge)
    for node in made.walk():
        if not node.meta.get("span"):
            copy_place(node, width if width.meta.get("span") else main)
    return made
