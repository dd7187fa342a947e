"""Owns the rule `true_extremes`: the greatest and the least float of a group, NaN and infinities included.

The engine starts from the largest finite numbers when it groups, so that infinities alone give those, and NaN counts or not by
the order of rows; without groups it takes NaN as the greatest value, which is also its order. It groups too where it is not
asked to: for a DISTINCT of another aggregate, and in a subquery that takes columns from outside. So the kind of the extreme
value is asked for beside it: NaN, an infinity, or a number.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ...dialect.walk import find_all
from ..operand_types import operand_types
from ..views import PlannedView, Views
from .base import Context, RewriteRule

LARGEST: Mapping[str, str] = {"DOUBLE": "1.7976931348623157e308", "FLOAT": "3.4028234663852886e38"}
"""The largest finite number of a type."""
EXTREMES = ("max", "min")
NOT_FINITE = {3: "NaN", 2: "Infinity", 0: "-Infinity"}
"""What is no finite number, by its place in the order of kinds; finite numbers are 1."""


def rewrite(views: Views, context: Context) -> Views:
    """Return the views with such aggregates of groups."""
    return views.map(lambda view: _rewrite_view(view, context))


def _rewrite_view(view: PlannedView, context: Context) -> PlannedView:
    if not any(_is_extreme(node) for node in view.find_all(exp.Anonymous)):
        return view
    tree = clone(view.tree)
    calls = [node for node in find_all(tree, exp.Anonymous) if _is_extreme(node)]
    types = operand_types(view, context, [_argument(call) for call in calls])
    found = [(call, types.get(id(_argument(call)))) for call in calls]
    floats = [(call, type_) for call, type_ in found if type_ is not None and type_.name in LARGEST]
    for call, type_ in reversed(floats):
        outer = call.parent if isinstance(call.parent, exp.Filter) else call
        made = _told_apart(outer, call, type_)
        made.meta.update({key: outer.meta[key] for key in ("span", "type") if key in outer.meta})
        outer.replace(made)
    return view.rewritten(tree) if floats else view


def _is_extreme(call: exp.Expr) -> bool:
    """Say whether a node is `max` or `min` over groups, not over a window."""
    if not isinstance(call, exp.Anonymous) or str(call.this).lower() not in EXTREMES or len(call.expressions) != 1:
        return False
    around = call.parent.parent if isinstance(call.parent, exp.Filter) else call.parent
    select = call.find_ancestor(exp.Select)
    return select is not None and _is_grouped(select) and not isinstance(around, exp.Window)


def _is_grouped(select: exp.Select) -> bool:
    """Say whether the engine groups the rows of a select, be it for a DISTINCT, or to join a subquery with what it takes from outside."""
    from ..bind.folding import outside  # the binder's package knows the rules

    return select.args.get("group") is not None or _has_distinct(select) or next(outside(select), None) is not None


def _argument(call: exp.Anonymous) -> exp.Expr:
    """Return what an extreme is taken of; DISTINCT plays no role for it."""
    argument: exp.Expr = call.expressions[0]
    return argument.expressions[0] if isinstance(argument, exp.Distinct) else argument


def _has_distinct(select: exp.Select) -> bool:
    """Say whether an aggregate of a select is over distinct values, whose rows the engine then groups by them first."""
    return any(one.find_ancestor(exp.Select) is select for one in find_all(select, exp.Distinct) if isinstance(one.parent, exp.Anonymous))


def _told_apart(outer: exp.Expr, call: exp.Anonymous, type_: DataType) -> exp.Case:
    """Return the extreme by its kind, which is the greatest or the least of the kinds."""
    argument = _argument(call)

    def constant(text: str) -> exp.Expr:
        return exp.Cast(this=exp.Literal.string(text), to=type_node(type_))

    least, largest = (constant(sign + LARGEST[type_.name]) for sign in ("-", ""))
    tests = (
        (exp.Anonymous(this="isnan", expressions=[clone(argument)]), 3),
        (exp.GT(this=clone(argument), expression=clone(largest)), 2),
        (exp.LT(this=clone(argument), expression=clone(least)), 0),
        (exp.Not(this=exp.Is(this=clone(argument), expression=exp.Null())), 1),
    )
    kind = exp.Case(ifs=[exp.If(this=test, true=exp.Literal.number(number)) for test, number in tests])
    within = exp.Between(this=clone(argument), low=least, high=largest)
    finite = exp.Case(ifs=[exp.If(this=within, true=clone(argument))])
    results = [(number, constant(text)) for number, text in NOT_FINITE.items()]
    results.append((1, _with(outer, call, finite)))
    ifs = [exp.If(this=exp.Literal.number(number), true=result) for number, result in results]
    return exp.Case(this=_with(outer, call, kind), ifs=ifs)


def _with(outer: exp.Expr, call: exp.Anonymous, argument: exp.Expr) -> exp.Expr:
    """Return the aggregate, with its FILTER, over another argument."""
    aggregate = exp.Anonymous(this=str(call.this).lower(), expressions=[argument])
    if not isinstance(outer, exp.Filter):
        return aggregate
    return exp.Filter(this=aggregate, expression=clone(outer.expression))


RULE = RewriteRule("true_extremes", "max and min of groups of floats tell NaN and infinities apart", rewrite)
