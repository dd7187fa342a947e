"""Owns making the Python functions of a stage known to the session that plans and runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from ...dialect import parse_type
from ...dialect.source import Span
from ...dialect.types import quote
from ...planner.bundle import PythonCall, Stage
from ...planner.functions.python import shapes_of
from ...planner.ports import ScalarFunction
from ...planner.spec import ExecutionSpec, PythonCode
from ..cancel import Cancel
from ..engine.user_functions import Switch, user_function
from ..session import Session
from .call import Callee, StageCalls, caller
from .groups import Aggregate
from .modules import Loaded, Modules
from .tables import rows_of


def teach(session: Session, stage: Stage, spec: ExecutionSpec, modules: Modules, cancel: Cancel) -> StageCalls:
    """Load the functions that a stage calls and make them known to its session; returns what will be told of them.

    Raises:
        TreadleError: what `Modules.load` raises.
    """
    calls = StageCalls(cancel, Switch())
    places: Mapping[str, Span] = spec._places
    for one in stage.calls:
        code = one.function.python
        if code is None:
            continue
        loaded = modules.load(one, code, places.get(f"{one.function.name}()"))
        for shape in shapes_of(one.function):
            if f"{quote(shape.name)}(" in stage.sql:
                callee = callee_of(one, code, loaded, shape, cancel)
                session.teach(shape.name, user_function(shape, caller(callee, calls)))
    return calls


def callee_of(call: PythonCall, code: PythonCode, loaded: Loaded, shape: ScalarFunction, cancel: Cancel) -> Callee:
    """Return how a function is called in one of the ways that the engine knows."""
    flavour, vectorized = call.function.flavour, loaded.vectorized
    work = _spread(loaded.work) if loaded.spread else loaded.work
    types = tuple(parse_type(type_) for _, type_ in code.arguments)
    if flavour == "window":
        return Callee(call, loaded.work, True, types, shape.returns, "one partition at a time", lists=loaded.lists)
    if flavour == "table":
        columns = shape.returns.fields[0].type
        return Callee(
            call,
            loaded.work,
            False,
            types,
            shape.returns,
            run=lambda *given: rows_of(work, given[: len(types)], columns, code.strict),
        )
    if flavour != "aggregate":
        return Callee(call, work, vectorized, types, shape.returns)
    lists = loaded.lists or (False,) * len(types)
    aggregate = Aggregate(loaded.work, vectorized, lists, types, shape.returns, code.strict, cancel)
    what = "frame" if shape.windowed else "group"
    path = f"vectorised over {what}s" if vectorized else f"one {what} at a time"
    run = (lambda *given: aggregate.over_frames(given[:-3], *given[-3:])) if shape.windowed else aggregate.over_groups
    return Callee(call, loaded.work, vectorized, types, shape.returns, path, run)


def _spread(work: Callable[..., object]) -> Callable[..., object]:
    """Return a function that gives its last argument, a list, as `*args`."""

    @wraps(work)
    def call(*given: object) -> object:
        *first, rest = given
        return work(*first, *(rest if isinstance(rest, list) else ()))

    return call
