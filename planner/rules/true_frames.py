"""Owns the rule `true_frames`: frames that move their start are computed anew where taking rows out again would be wrong, or can't be.

The engine slides by adding what comes in and taking out what leaves. Over floats that keeps a NaN or an infinity for good, and
loses small values beside large ones; variances turn negative. Other aggregates can't take out at all. Those go over the list of
the frame's rows, `array_agg(…) OVER (…)`, which slides exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import BIGINT, DOUBLE, DataType
from ...dialect.walk import find_all
from ..functions.packs.frames import BITS, PAIRS, SPREAD
from ..operand_types import operand_types
from ..views import PlannedView, Views
from .base import Context, RewriteRule

FLOATING = {"sum": "array_sum", "avg": "array_avg", "mean": "array_avg"}
"""Aggregates that are exact over integers and decimals, and what they are over lists of floats."""
SPREADS = {
    **{"var": "var", "var_samp": "var", "var_sample": "var", "var_pop": "var_pop", "var_population": "var_pop"},
    **{"stddev": "stddev", "stddev_samp": "stddev", "stddev_pop": "stddev_pop"},
}
PAIRED = frozenset(
    "corr covar covar_samp covar_pop regr_slope regr_intercept regr_r2 regr_avgx regr_avgy regr_sxx regr_syy regr_sxy".split()
)
Types = Mapping[int, DataType]
_INSIDE = (exp.Filter, exp.IgnoreNulls, exp.RespectNulls)
_STILL = "UNBOUNDED"


def rewrite(views: Views, context: Context) -> Views:
    """Return the views with such frames computed anew."""
    return views.map(lambda view: _rewrite_view(view, context))


def _rewrite_view(view: PlannedView, context: Context) -> PlannedView:
    if not any(_slides(node) for node in view.find_all(exp.Window)):
        return view
    tree = clone(view.tree)
    windows = [node for node in find_all(tree, exp.Window) if _slides(node)]
    calls = {id(window): call for window in windows if (call := _call(window)) is not None}
    types = operand_types(view, context, [one for call in calls.values() for one in call.expressions])
    for window in reversed(windows):
        call = calls[id(window)]
        name = str(call.this).lower()
        if name in FLOATING and types.get(id(call.expressions[0]), DOUBLE).name not in ("FLOAT", "DOUBLE"):
            continue
        made = _MADE[name](window, call, types)
        made.meta.update({key: window.meta[key] for key in ("span", "type") if key in window.meta})
        window.replace(made)
    return view.rewritten(tree)


def _call(window: exp.Window) -> exp.Anonymous | None:
    """Return the aggregate of a window where it is one of those of this rule, not made distinct or ordered."""
    at = window.this
    while isinstance(at, _INSIDE):
        at = at.this
    if not isinstance(at, exp.Anonymous) or str(at.this).lower() not in _MADE or not at.expressions:
        return None
    return None if isinstance(at.expressions[0], exp.Distinct | exp.Order) else at


def _slides(window: exp.Window) -> bool:
    """Say whether a window's frame moves its start, and its aggregate is one of those of this rule."""
    if _call(window) is None:
        return False
    frame = _frame(window)
    return frame is not None and str(frame.args.get("start") or _STILL).upper() != _STILL


def _frame(window: exp.Window) -> exp.Expr | None:
    """Return the frame of a window, its own or that of the window that it names."""
    spec: exp.Expr | None = window.args.get("spec")
    alias: exp.Expr | None = window.args.get("alias")
    select = window.find_ancestor(exp.Select)
    if spec is not None or alias is None or select is None:
        return spec
    named = (one for one in select.args.get("windows") or () if str(one.name).lower() == str(alias.name).lower())
    return next((_frame(one) for one in named), None)


def _listed(window: exp.Window, call: exp.Anonymous, argument: exp.Expr | None = None) -> exp.Window:
    """Return a window with the list of an argument in place of its aggregate."""
    call.meta["listed"] = True
    made = clone(window)
    call.meta.pop("listed")
    inner = next(node for node in find_all(made, exp.Anonymous) if node.meta.pop("listed", None))
    inner.set("this", "array_agg")
    inner.set("expressions", [clone(call.expressions[0]) if argument is None else argument])
    return made


def _over(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _as(node: exp.Expr, kind: DataType, types: Types) -> exp.Expr:
    """Return an expression in a type: by a call, since the engine tells windows apart by names, in which casts are left out.

    One that has the type stays: it would be told apart from itself, and then be the same.
    """
    if types.get(id(node)) == kind:
        return clone(node)
    return _over("arrow_cast", clone(node), exp.Literal.string("Float64" if kind == DOUBLE else "Int64"))


def _summed(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    return _over(FLOATING[str(call.this).lower()], _listed(window, call, _as(call.expressions[0], DOUBLE, types)))


def _spread(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    which = exp.Literal.string(SPREADS[str(call.this).lower()])
    return _over(SPREAD, _listed(window, call, _as(call.expressions[0], DOUBLE, types)), which)


def _paired(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    ys, xs = (_listed(window, call, _as(one, DOUBLE, types)) for one in call.expressions)
    name = str(call.this).lower()
    return _over(PAIRS, ys, xs, exp.Literal.string("covar_samp" if name == "covar" else name))


def _bits(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    return _over(BITS, _listed(window, call, _as(call.expressions[0], BIGINT, types)), exp.Literal.string(str(call.this).lower()))


def _truths(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    first = str(call.this).lower() == "bool_or"
    decides, rest = (_over("array_has", _listed(window, call), exp.Boolean(this=value)) for value in (first, not first))
    ifs = [exp.If(this=decides, true=exp.Boolean(this=first)), exp.If(this=rest, true=exp.Boolean(this=not first))]
    return exp.Case(ifs=ifs)


def _text(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    counted = _listed(window, call)
    next(node for node in find_all(counted, exp.Anonymous) if node.this == "array_agg").set("this", "count")
    some = exp.GT(this=counted, expression=exp.Literal.number(0))
    joined = _over(
        "array_to_string", _listed(window, call), clone(call.expressions[1]) if len(call.expressions) > 1 else exp.Literal.string("")
    )
    return exp.Case(ifs=[exp.If(this=some, true=joined)])


def _any(window: exp.Window, call: exp.Anonymous, types: Types) -> exp.Expr:
    return _over("array_any_value", _listed(window, call))


_Make = Callable[[exp.Window, exp.Anonymous, Types], exp.Expr]
_MADE: Mapping[str, _Make] = {
    **dict.fromkeys(FLOATING, _summed),
    **dict.fromkeys(SPREADS, _spread),
    **dict.fromkeys(PAIRED, _paired),
    **dict.fromkeys(("bit_and", "bit_or", "bit_xor"), _bits),
    **dict.fromkeys(("bool_and", "bool_or"), _truths),
    "string_agg": _text,
    "any_value": _any,
}

RULE = RewriteRule(
    "true_frames", "frames that move their start are computed anew where taking rows out would be wrong, or can't be", rewrite
)
