"""Owns the rule `true_orders`: hides orders from the engine that it takes for given and rows do not have.

It reads a window in the opposite order backwards where rows lie in an order already, and so turns the lists of `array_agg`
round, while others fail there (`bit_and`, `bool_and`, `string_agg` and their kin can't take rows out) or are wrong over floats
(`true_frames`); a row number beside them in the same window can't be read backwards, so that the engine sorts. It takes
`log(base, x)` to ascend with `x`, which is not so for bases below 1, nor for negative numbers; `greatest` of one value has no order.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..views import PlannedView, Views
from .base import Context, RewriteRule

TURNED = frozenset("array_agg bit_and bit_or bool_and bool_or string_agg sum avg mean".split())
"""Aggregates that a window must not read backwards: lists would be turned, the others would have to take rows out again."""
_INSIDE = (exp.Filter, exp.IgnoreNulls, exp.RespectNulls)


def rewrite(views: Views, context: Context) -> Views:
    """Return the views with such windows and calls guarded."""
    return views.map(_rewrite_view)


def _rewrite_view(view: PlannedView) -> PlannedView:
    if not any(_is_turned(node) for node in view.find_all(exp.Window)) and not any(_is_log(node) for node in view.find_all(exp.Anonymous)):
        return view
    tree = clone(view.tree)
    for window in [node for node in find_all(tree, exp.Window) if _is_turned(node)][::-1]:
        _put(window, _numbered(window))
    for call in [node for node in find_all(tree, exp.Anonymous) if _is_log(node)][::-1]:  # inner ones first
        _put(call, exp.Anonymous(this="greatest", expressions=[clone(call)]))
    return view.rewritten(tree)


def _put(node: exp.Expr, made: exp.Expr) -> None:
    """Put a tree in a node's place, with its marks."""
    made.meta.update({key: node.meta[key] for key in ("span", "type") if key in node.meta})
    node.replace(made)


def _is_turned(window: exp.Expr) -> bool:
    """Say whether a window has an aggregate that must be read forwards, and an order, its own or a named window's."""
    at = window.this
    while isinstance(at, _INSIDE):
        at = at.this
    ordered = window.args.get("order") is not None or window.args.get("alias") is not None
    return isinstance(at, exp.Anonymous) and str(at.this).lower() in TURNED and ordered


def _is_log(call: exp.Expr) -> bool:
    return isinstance(call, exp.Anonymous) and str(call.this).lower() == "log" and len(call.expressions) == 2


def _numbered(window: exp.Window) -> exp.Case:
    """Return `CASE WHEN row_number() OVER (…) > 0 THEN … END`, which is the window's value in every row."""
    number = clone(window)
    number.set("this", exp.Anonymous(this="row_number", expressions=[]))
    number.set("spec", None)
    condition = exp.GT(this=number, expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=condition, true=clone(window))])


RULE = RewriteRule("true_orders", "orders that the engine takes for given and rows do not have are hidden from it", rewrite)
