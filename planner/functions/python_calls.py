"""Owns which functions a stage calls, and where: what a run registers, what its errors point at, which ways are taken."""

from __future__ import annotations

from collections.abc import Sequence

from ...dialect.diagnostics import error
from ...dialect.source import Span
from ...dialect.types import quote
from ..bundle import PythonCall
from ..spec import ExecutionSpec
from ..views import WAY_OUT, PlannedView
from .python import python_calls, python_functions, shown_name


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
                shown = shown_name(call)
                message = f"in `{view.name}` the function `{shown}` is called, which the specification does not define"
                raise error("T3012", message, span, help=WAY_OUT)
            if span not in places.setdefault(name, []):
                places[name].append(span)
    for name, one in known.items():
        if f"{quote(name)}(" in sql and name not in places:
            declared = spec._places.get(f"{one.name}()")
            places[name] = [declared] if declared is not None else []
    found: dict[str, PythonCall] = {}
    for name in sorted(places):
        one = known[name]
        before = found[one.name].places if one.name in found else ()
        found[one.name] = PythonCall(one, (*before, *places[name]))
    return tuple(found.values())


def rewritten(spec: ExecutionSpec, views: Sequence[str]) -> tuple[str, ...]:
    """Return the aggregates and window functions in SQL that are written out in some views, by name."""
    known = {one.name for one in spec.functions if one.flavour in ("aggregate", "window") and one.python is None}
    names = set(views)
    return tuple(sorted({name for view in spec.views if view.name in names for name in view.functions if name in known}))
