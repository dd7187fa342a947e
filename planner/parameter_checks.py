"""Owns the proof that a specification's parameter values are allowed, wherever the specification came from.

The binder checks values with places in the text; a specification from a file, or one that
was changed by hand, is checked here by the same rules (DESIGN 2, "Parameters").
"""

from __future__ import annotations

from collections.abc import Mapping

from ..dialect.diagnostics import Problems, error
from .ports import Engine
from .resolve import evaluate
from .spec import ExecutionSpec, ParameterSpec
from .values import Value


def check_parameters(spec: ExecutionSpec, engine: Engine, values: Mapping[str, Value]) -> None:
    """Check NOT NULL, null elements of lists and CHECK for every value.

    Raises:
        TreadleError: T3024 with everything that is not allowed; a SECRET's value is never shown.
    """
    problems = Problems()
    for one in spec.typed_parameters:
        reason = _refusal(one, values[one.name], spec.as_of, engine, values)
        if reason is not None:
            message = f"the specification's value of the parameter `{one.name}` is not allowed: {reason}"
            problems.catch(error("T3024", message, spec._places.get(f"${one.name}"), help="give it another value"))
    problems.raise_if_errors()


def _refusal(one: ParameterSpec, value: Value, as_of: str, engine: Engine, values: Mapping[str, Value]) -> str | None:
    """Return why a value is not allowed, or None."""
    if value.type.sql() != one.type:
        return f"it is {value.type}, declared is {one.type}"
    if one.not_null and value.value is None:
        return "it is null, and the parameter is NOT NULL"
    if value.type.name == "LIST" and isinstance(value.value, tuple) and any(element is None for element in value.value):
        return "its list holds a null"
    if one.check is not None and evaluate(one.check, as_of, engine, values).value is False:
        return f"it fails CHECK ({one.check})"
    return None
