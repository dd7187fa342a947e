"""Owns how functions of the users' own reach the engine: as stubs that plan, as real ones that run once switched on.

The engine calls functions while it plans: it folds calls of constants, and tries conditions on
null rows, whatever their volatility. What fails there it leaves as it is. So nothing of a user's
runs before a plan is made, except for VALUES, whose rows the engine computes while it makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
from datafusion import DataFrame, ExecutionPlan, ScalarUDF, SessionContext, WindowUDF, udf, udwf
from datafusion.user_defined import WindowEvaluator

from ...dialect.diagnostics import Bug
from ...dialect.types import DataType
from ...planner.ports import ScalarFunction
from .arrow_types import arrow_type

Call = Callable[..., "pa.Array[object]"]
UserFunction = ScalarUDF | WindowUDF


class NotYet(Exception):
    """A function was called while a plan was made."""


class Switch:
    """Turns the functions of one stage on, once its plan is made."""

    def __init__(self) -> None:
        """Start switched off."""
        self.on = False
        self._refused = False

    def require_on(self) -> None:
        """Raise `NotYet` while it is off, and take note that somebody asked."""
        if not self.on:
            self._refused = True
            raise NotYet("the plan is not made yet")

    def plan(self, frame: DataFrame) -> ExecutionPlan:
        """Return the physical plan of a frame, and turn the functions on; earlier only when rows of VALUES need them."""
        try:
            plan = frame.execution_plan()
        except Exception:
            if not self._refused:
                raise
            self.on = True
            plan = frame.execution_plan()
        self.on = True
        return plan


def stub(function: ScalarFunction) -> UserFunction:
    """Return a function that plans and never runs."""

    def refuse(*_: object) -> pa.Array[object]:
        raise NotYet(f"`{function.name}` is not called while planning")

    return user_function(function, refuse)


def user_function(function: ScalarFunction, call: Call) -> UserFunction:
    """Return a function for the engine.

    Args:
        function: its name and types.
        call: gets one array per argument, all of one length, in the layouts of `argument_type`, of a
            window function those of a whole partition;
            returns an array of that length, of exactly `arrow_type(function.returns)`.
    """
    arguments = [argument_type(one) for one in function.arguments]
    returns, volatility = arrow_type(function.returns), function.volatility.lower()
    if function.windowed:
        return udwf(lambda: _Partitions(call), arguments, returns, volatility, function.name)
    return udf(call, arguments, returns, volatility, function.name)


class _Partitions(WindowEvaluator):
    """Calls a window function once for a whole partition."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def evaluate_all(self, values: list[pa.Array[object]], num_rows: int) -> pa.Array[object]:
        return self._call(*values)


def private(name: str) -> str:
    """Return a name that no function of the engine's own can have; a `Bug` for another, which deregistering would take away."""
    if ":" not in name:
        raise Bug(f"the name `{name}` has no colon, so the engine may have a function of that name")
    return name


def register(context: SessionContext, function: UserFunction) -> None:
    """Make a function known to an engine's context."""
    if isinstance(function, WindowUDF):
        context.register_udwf(function)
    else:
        context.register_udf(function)


def deregister(context: SessionContext, functions: Mapping[str, UserFunction]) -> None:
    """Make an engine's context forget functions, by name."""
    for name, function in functions.items():
        if isinstance(function, WindowUDF):
            context.deregister_udwf(name)
        else:
            context.deregister_udf(name)


def argument_type(kind: DataType) -> pa.DataType:
    """Return the layout in which the engine hands an argument over: it makes plain texts of views, but not inside structs."""
    return arrow_type(kind, views=_has_struct(kind))


def _has_struct(kind: DataType) -> bool:
    return kind.name == "STRUCT" or any(_has_struct(field.type) for field in kind.fields)
