"""Owns making the Python functions of a stage known to the session that plans and runs it."""

from __future__ import annotations

from collections.abc import Mapping

from ...dialect.source import Span
from ...planner.bundle import Stage
from ...planner.functions.python import engine_name, shapes
from ...planner.spec import ExecutionSpec
from ..cancel import Cancel
from ..engine.user_functions import Switch, user_function
from ..session import Session
from .call import Callee, StageCalls, caller
from .modules import Modules


def teach(session: Session, stage: Stage, spec: ExecutionSpec, modules: Modules, cancel: Cancel) -> StageCalls:
    """Load the functions that a stage calls and make them known to its session; returns what will be told of them.

    Raises:
        TreadleError: what `Modules.load` raises.
    """
    calls = StageCalls(cancel, Switch())
    known = {one.name: one for one in shapes(spec)}
    places: Mapping[str, Span] = spec._places
    for one in stage.calls:
        code = one.function.python
        if code is None:
            continue
        shape = known[engine_name(one.function.name)]
        work, vectorized = modules.load(one, code, places.get(f"{one.function.name}()"))
        types = shape.arguments if code.arguments else ()
        callee = Callee(one, work, vectorized, types, shape.returns)
        session.teach(shape.name, user_function(shape, caller(callee, calls)))
    return calls
