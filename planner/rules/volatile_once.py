"""Owns the rule `volatile_once`: a common table expression with a volatile function is used once.

The engine expands it at each use, so two uses would see different rows where SQL promises
the same. Views are computed once instead (`cuts.py`), which is the way out.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic
from ..functions.python import PREFIX
from ..trees import cte_counts
from ..views import PlannedView
from .base import AnalyseRule, Context, finding

CODE = "T3016"


def check(view: PlannedView, context: Context) -> tuple[Diagnostic, ...]:
    """Return an error for every volatile call that the engine would make once per use of its expression."""
    counts = {id(cte): count for cte, count in cte_counts(view.tree)}
    found = []
    for call in view.tree.find_all(exp.Anonymous) if counts else ():
        cte = call.find_ancestor(exp.CTE)
        if str(call.name).lower() in context.volatile and cte is not None and counts[id(cte)] > 1:
            shown = str(call.name).removeprefix(PREFIX)
            message = f"`{cte.alias}` calls the volatile `{shown}` and is used {counts[id(cte)]} times, which would see different rows"
            found.append(finding(view, call, CODE, message, f"make `{cte.alias}` a view: that is computed once", "error"))
    return tuple(found)


RULE = AnalyseRule("volatile_once", "a common table expression with a volatile function is used once", check)
