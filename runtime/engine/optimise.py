"""Owns optimising a frame, also where one of the engine's own rules refuses the plan.

The rule `push_down_leaf_projections` carries row numbers of files and fields of structs down into
scans. It refuses stacked views that read fields of structs ("Schema contains qualified field name
t.b and unqualified field name b"); such plans are made with it failing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datafusion import DataFrame

from ...planner.ports import EngineRefusal
from .errors import refusals

if TYPE_CHECKING:
    from ..session import Session

WITHOUT_FAILED_RULES = {"datafusion.optimizer.skip_failed_rules": "true"}
_REFUSES = "push_down_leaf_projections"


def optimised(session: Session, frame: DataFrame, options: Mapping[str, str]) -> DataFrame:
    """Return the frame of the optimised plan, which keeps the settings given; raises `EngineRefusal`.

    Args:
        session: whose frame it is.
        frame: a query as the engine read it.
        options: settings that it is to run with.
    """
    try:
        with session.planning(options) as context, refusals("plan"):
            return context.create_dataframe_from_logical_plan(frame.optimized_logical_plan())
    except EngineRefusal as refused:
        if _REFUSES not in str(refused.__cause__):
            raise
    with session.planning({**options, **WITHOUT_FAILED_RULES}) as context, refusals("plan"):
        again = context.create_dataframe_from_logical_plan(frame.logical_plan())  # a frame optimises by the settings of its making
        return context.create_dataframe_from_logical_plan(again.optimized_logical_plan())
