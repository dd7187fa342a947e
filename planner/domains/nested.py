"""Owns the planner `nested`: parts of JSON text, lists and maps are asked for in fewer and cheaper steps.

Arrows that follow one another are one path, several parts of one document are read together,
lists of one element are looked for as that element, and maps that are written out are a CASE.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .column_types import ColumnTypes
from .nested_json import EXTRACTIONS, fuse_chains, read_together
from .nested_lists import LIST_CALLS, plan_lists, plan_maps


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with cheaper access to what is nested."""
    if not any(str(node.name).lower() in _NAMES for node in view.find_all(exp.Anonymous)):
        return NOTHING
    tree = clone(view.tree)
    volatile = context.rules.volatile | context.rules.functions
    claims: list[Claim] = list(fuse_chains(tree))
    for select in find_all(tree, exp.Select):
        claims += read_together(select, volatile)
    types = ColumnTypes(view, context.rules, tree)
    claims += plan_lists(tree, types)
    claims += plan_maps(tree, types)
    return Outcome(tree if any(one.planned for one in claims) else None, tuple(claims))


_NAMES = frozenset((*EXTRACTIONS, *LIST_CALLS, "map_extract"))
PLANNER = DomainPlanner("nested", "expression", "parts of JSON text, lists and maps are asked for in fewer and cheaper steps", plan)
