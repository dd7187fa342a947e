"""Owns finding joins on lists, structs and maps in a plan: a filter that such a join builds while running loses rows in its scan.

The engine compares the other side's values with the least and the greatest of the join's keys, and with all of them;
for values made of others it does so wrongly (none of `make_array(x)` is found), wherever they are computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from datafusion.expr import Expr
from datafusion.plan import LogicalPlan

from ...planner.values import Value
from ..session import Session
from .errors import refusals
from .survey import AS_JOINS

WITHOUT_JOIN_FILTERS: Mapping[str, str] = {"datafusion.optimizer.enable_join_dynamic_filter_pushdown": "false"}
"""Settings with which the engine joins such values rightly."""


def joins_on_nested(session: Session, sql: str, parameters: Mapping[str, Value], plan: LogicalPlan) -> bool:
    """Say whether a query joins on values made of others; also where that can't be told.

    Args:
        session: where its relations are registered.
        sql: engine SQL.
        parameters: values by placeholder name without `$`.
        plan: the optimised plan of it.
    """
    with refusals("plan"):
        keyed, hidden = _joins(plan)
        if hidden:  # in subqueries that the walk does not enter
            keyed, hidden = _joins(session.plan(sql, parameters, options=AS_JOINS).logical_plan())
        return hidden or any(_is_nested(session, join) for join in keyed)


def _joins(plan: LogicalPlan) -> tuple[list[LogicalPlan], bool]:
    """Return the joins with keys, and whether there are more joins than a walk from input to input comes to."""
    found, keyed, waiting = 0, [], [plan]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.inputs())
        if len(node.inputs()) == 2 and type(node.to_variant()).__name__ == "Join":
            found += 1
            if _keys(node):
                keyed.append(node)
    told = sum(" Join: " in line for line in plan.display_indent().splitlines())
    return keyed, told > found


def _keys(join: LogicalPlan) -> Sequence[tuple[Any, Any]]:
    return join.to_variant().on()  # type: ignore[no-any-return]


def _is_nested(session: Session, join: LogicalPlan) -> bool:
    keys = _keys(join)
    with session.planning({}) as context:
        for side, given in enumerate(join.inputs()):
            items = [Expr(pair[side]).alias(f"key_{at}") for at, pair in enumerate(keys)]
            columns = context.create_dataframe_from_logical_plan(given).select(*items).schema()
            if any(pa.types.is_nested(one.type) for one in columns):
                return True
    return False
