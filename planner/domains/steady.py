"""Owns whether a relation gives the same rows each time it is read within one plan, for planners that read one twice."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..trees import table_name
from ..views import PlannedView
from .base import DomainContext

EVERY = 2**62
"""A LIMIT that cuts nothing: the engine does not sort what is below it apart."""


def unsteady(view: PlannedView, context: DomainContext, tree: exp.Expr) -> str | None:
    """Return why a part of a view may give other rows when it is read twice, as a predicate; None where it doesn't.

    Followed through views and names of WITH; views that are computed once count too, as they may be written out again.
    """
    ctes = {str(cte.alias): cte.this for cte in view.find_all(exp.CTE)}
    waiting, met = [tree], set[str]()
    while waiting:
        part = waiting.pop()
        if (fault := _fault(part, context)) is not None:
            return fault
        for table in find_all(part, exp.Table):
            name = table_name(table)
            if name in met:
                continue
            met.add(name)
            if name in ctes:
                waiting.append(ctes[name])
            elif name in context.rules.views.by_name:
                inner = context.rules.views[name]
                ctes |= {str(cte.alias): cte.this for cte in inner.find_all(exp.CTE)}
                waiting.append(inner.tree)
    return None


def _fault(part: exp.Expr, context: DomainContext) -> str | None:
    from ..bind.repeatable import is_limited  # the binder's package knows this one

    for call in find_all(part, exp.Anonymous):
        if str(call.name).lower() in context.rules.volatile:
            return f"calls the volatile `{call.name}`"
    whole = clone(part)
    for limit in find_all(whole, exp.Limit):
        if limit.expression == exp.Literal.number(EVERY):
            limit.pop()
    return "is cut by LIMIT, or by which of equal rows comes first" if is_limited(whole) else None
