"""Owns the lowering of bound queries onto what the engine has: relations that read others, correlated subqueries.

Selects are lowered from the outside in: what an outer one pushes into an inner one is lowered there in turn.
"""

from __future__ import annotations

from sqlglot import exp

from .alike import tell_calls_apart
from .apart import tell_apart
from .context import Binding
from .correlation import own
from .decorrelate import lower_lateral, lower_subqueries
from .nested_windows import lower_nested_windows
from .null_safe import settle_null_safe, settle_truth
from .python_aggregates import lower_python_windows, lower_sorted_rows
from .unnesting import lower_first, lower_join


def lower_queries(binding: Binding, tree: exp.Expr) -> None:
    """Lower every select of a bound tree in place."""
    settle_null_safe(binding, tree.find_all(exp.NullSafeEQ, exp.NullSafeNEQ))
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Select):
            lower_select(binding, node)
        for value in reversed(node.args.values()):
            parts = reversed(value) if type(value) is list else (value,)
            waiting += [one for one in parts if isinstance(one, exp.Expr)]


def lower_select(binding: Binding, select: exp.Select) -> None:
    """Lower what stands in one select, not what stands in queries inside of it."""
    if select.args.get("from_") is not None:
        _lower_relations(binding, select)
    lower_subqueries(binding, select)
    lower_python_windows(binding, select)
    lower_sorted_rows(select)
    lower_nested_windows(binding, select)
    tell_apart(binding, select)
    settle_null_safe(binding, own(select))
    settle_truth(own(select))
    tell_calls_apart(binding, select)


def _lower_relations(binding: Binding, select: exp.Select) -> None:
    first = select.args["from_"].this
    if (joined := first.args.get("joins")) and isinstance(first, exp.Table | exp.Subquery | exp.Values | exp.Unnest):
        first.set("joins", None)
        select.set("joins", [*joined, *(select.args.get("joins") or ())])
    if isinstance(first, exp.Unnest):
        lower_first(binding, select)
    elif isinstance(first, exp.Lateral):
        select.args["from_"].set("this", exp.Subquery(this=first.this.this, alias=first.args["alias"]))
    at = 0
    while at < len(select.args.get("joins") or ()):
        folded = False
        if isinstance(select.args["joins"][at].this, exp.Unnest):
            folded = lower_join(binding, select, at)
        elif isinstance(select.args["joins"][at].this, exp.Lateral):
            lower_lateral(binding, select, at)
        at = 0 if folded else at + 1
