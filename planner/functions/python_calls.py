"""Owns which Python functions a stage calls, and where: what a run registers, and what its errors point at."""

from __future__ import annotations

from collections.abc import Sequence

from ...dialect.diagnostics import error
from ...dialect.source import Span
from ...dialect.types import quote
from ..bundle import PythonCall
from ..spec import ExecutionSpec
from ..views import WAY_OUT, PlannedView
from .python import PREFIX, python_calls, python_functions


def calls_of(spec: ExecutionSpec, views: Sequence[PlannedView], sql: str) -> tuple[PythonCall, ...]:
    """Return the Python functions that a stage calls, by name, with the places of their calls.

    Args:
        spec: defines the functions.
        views: those that the stage inlines, and its own.
        sql: the stage's engine SQL, in which conditions of constraints stand too.

    Raises:
        TreadleError: T3012 for a call of a function that the specification does not define.
    """
    known = python_functions(spec)
    places: dict[str, list[Span]] = {}
    for view in views:
        for call in python_calls(view.tree):
            name = str(call.name)
            start, end = call.meta.get("span") or (0, 0)
            span = view.source.span(start, end)
            if name not in known:
                message = f"in `{view.name}` the function `{name.removeprefix(PREFIX)}` is called, which the specification does not define"
                raise error("T3012", message, span, help=WAY_OUT)
            if span not in places.setdefault(name, []):
                places[name].append(span)
    for name, one in known.items():
        if f"{quote(name)}(" in sql and name not in places:
            declared = spec._places.get(f"{one.name}()")
            places[name] = [declared] if declared is not None else []
    return tuple(PythonCall(known[name], tuple(places[name])) for name in sorted(places))
