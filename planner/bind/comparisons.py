"""Owns the refusal of comparisons and sums of things that the engine would quietly turn into text.

The engine compares `'10' < 9` as text or as numbers by rules that nobody remembers; where
both sides' types are known and no side is a literal, treadle asks for a cast instead.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from .columns import copy_place
from .context import Binding
from .infer import family, infer

COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
SUMMED = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def check_operands(binding: Binding, node: exp.Expr) -> None:
    """Report operands of different families; literals of text may stand for dates and numbers."""
    if isinstance(node, COMPARED):
        right = node.args.get("expression")
        if isinstance(right, (exp.Any, exp.All)):
            _check_list(binding, node, infer(node.this), infer(_inside(right)))
        else:
            _check_pair(binding, node, node.this, right, "compared with")
            as_timestamps(node.this, right)
    elif isinstance(node, exp.Between):
        for side in (node.args["low"], node.args["high"]):
            _check_pair(binding, node, node.this, side, "compared with")
        as_timestamps(node.this, node.args["low"], node.args["high"])
    elif isinstance(node, exp.In):
        for one in node.expressions:
            _check_pair(binding, one, node.this, one, "compared with")
    elif isinstance(node, SUMMED):
        _check_pair(binding, node, node.this, node.args.get("expression"), "put together with", arithmetic=True)


def as_timestamps(*sides: exp.Expr | None) -> None:
    """Cast dates that are compared with timestamps to those, in place: the engine compares nanoseconds, which end in 2262."""
    types = [(side, infer(side)) for side in sides if side is not None]
    wanted = next((of for _, of in types if of is not None and of.name == "TIMESTAMP" and of.zone is None), None)
    if wanted is None or any(of is None or of.name not in ("DATE", "TIMESTAMP") or of.zone for _, of in types):
        return
    for side, of in types:
        if of is not None and of.name == "DATE":
            made = exp.Cast(this=side.copy(), to=type_node(wanted))
            copy_place(made, side)
            made.meta["type"] = wanted
            side.replace(made)


def _inside(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner


def _check_pair(
    binding: Binding,
    node: exp.Expr,
    left: exp.Expr | None,
    right: exp.Expr | None,
    verb: str,
    arithmetic: bool = False,
) -> None:
    if left is None or right is None:
        return
    one, other = infer(left), infer(right)
    if not arithmetic and any(type_ is not None and type_.name in ("INTERVAL", "DURATION") for type_ in (one, other)):
        message = "intervals are not compared: the engine takes 36 hours for less than a day"
        binding.fail("T2030", message, node, help="add the interval to a time, and compare times: start + INTERVAL '2 days' < stop")
        return
    if _is_text_literal(left) or _is_text_literal(right):
        return
    if family(one) is None or family(other) is None or family(one) == family(other):
        return
    if arithmetic and "time" in (family(one), family(other)):
        return
    _report(binding, node, one, other, verb)


def _check_list(binding: Binding, node: exp.Expr, item: DataType | None, listed: DataType | None) -> None:
    if item is None or listed is None:
        return
    if listed.name != "LIST":
        binding.fail("T2031", f"ANY and ALL want a list, this is {listed}", node, help="write = instead, or give a list")
    elif family(item) and family(listed.fields[0].type) and family(item) != family(listed.fields[0].type):
        _report(binding, node, item, listed.fields[0].type, "compared with")


def _is_text_literal(node: exp.Expr) -> bool:
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _report(binding: Binding, node: exp.Expr, one: DataType | None, other: DataType | None, verb: str) -> None:
    binding.fail("T2030", f"{one} is {verb} {other}", node, help="write a CAST on the side that you mean to change")
