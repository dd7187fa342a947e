"""Owns how far apart the two rows of an ASOF join may be: what is read as a tolerance, and the condition that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import TreadleError
from ...dialect.nodes import Clock, Param, clone
from ...dialect.types import INTERVAL, timestamp
from ...dialect.types_sql import type_node
from ..ports import EngineRefusal
from .columns import copy_place
from .context import Binding
from .engine_text import engine_text


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


def is_negative(binding: Binding, width: exp.Expr) -> bool:
    """Say whether a bound width is below zero, as far as it is known before a run: of literals and of parameters that have a value.

    An interval is one when it leads back from a time: months of 31 days are taken for its months.
    """
    catalog = binding.catalog
    nodes = list(width.walk())
    if any(isinstance(node, exp.Column | exp.Query | exp.Anonymous | Clock) for node in nodes):
        return False
    for node in nodes:
        known = catalog.parameters.get(str(node.name).lower()) if isinstance(node, Param) else None
        if isinstance(node, Param) and (known is None or known.secret or known.name not in catalog.values):
            return False
    if not any(isinstance(node, exp.Neg | exp.Sub | Param) or (isinstance(node, exp.Literal) and "-" in str(node.this)) for node in nodes):
        return False
    return any(_holds(binding, test(clone(width))) for test in (_below_zero, _leads_back))


def _below_zero(width: exp.Expr) -> exp.Expr:
    return exp.LT(this=exp.Paren(this=width), expression=exp.Literal.number(0))


def _leads_back(width: exp.Expr) -> exp.Expr:
    start = exp.Cast(this=exp.Literal.string("1999-07-01T00:00:00"), to=type_node(timestamp()))
    back = exp.Cast(this=exp.Paren(this=width), to=type_node(INTERVAL))  # a parameter has no type of its own there
    return exp.LT(this=exp.Add(this=start, expression=back), expression=start.copy())


def _holds(binding: Binding, test: exp.Expr) -> bool:
    catalog = binding.catalog
    try:
        text, values = engine_text(test, catalog.parameters, catalog.values)
        return catalog.engine_oracle.evaluate(text, values).value is True
    except (EngineRefusal, TreadleError):  # a width of another type; what is wrong with it is told elsewhere
        return False


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
