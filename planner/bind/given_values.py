"""Owns the values that a test sets with `WITH (…)`: those of parameters, and its clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlglot import exp

from ...dialect.nodes import Param
from ...dialect.source import Span
from ...dialect.statements.base import Option
from ...dialect.types import timestamp
from ..ports import EngineRefusal
from ..project import Parameter
from ..values import Value
from .context import Binding, refusal_text
from .engine_text import engine_text
from .expressions import bind_expression
from .parameters import convert, literal_help
from .scope import Scope

CLOCK = "as_of"
"""The name in `WITH (…)` that sets the clock of a test, unless a parameter has it."""


def given_value(binding: Binding, option: Option, parameter: Parameter) -> Value | None:
    """Return a parameter's value as its declared type; None after reporting that it doesn't fit."""
    value = _evaluated(binding, option)
    if value is None:
        return None
    found = convert(value, parameter.type)
    if found is None:
        message = f"the parameter `{parameter.name}` is {parameter.type}, this is {value.type}"
        binding.fail("T2083", message, _place(binding, option), help=literal_help(parameter.type))
    return found


def clock_value(binding: Binding, option: Option) -> Value | None:
    """Return the instant that a test sets, in UTC; None after reporting that it is none."""
    value = _evaluated(binding, option)
    if value is None:
        return None
    found = value.value
    if isinstance(found, date) and not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day)
    if isinstance(found, datetime):
        return Value(timestamp(zone="UTC"), found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    message = f"`{CLOCK}` is the instant of the test's clock, this is {'null' if found is None else value.type}"
    binding.fail("T2083", message, _place(binding, option), help="write TIMESTAMP '2013-01-31 06:00:00'")
    return None


def _evaluated(binding: Binding, option: Option) -> Value | None:
    node = next(iter(option.value.find_all(exp.Column, exp.Query, Param)), None)
    if node is not None:
        binding.fail("T2100", "a value in WITH must be a constant", node, help="write a literal, or an expression of literals")
        return None
    before = len(binding.problems.errors)
    tree = bind_expression(binding, option.value.copy(), Scope())
    if len(binding.problems.errors) > before:
        return None
    text, values = engine_text(tree, {}, {})
    try:
        return binding.catalog.engine_oracle.evaluate(text, values)
    except EngineRefusal as refusal:
        message = f"the value of `{option.name.text}` can't be evaluated"
        binding.fail("T2083", message, _place(binding, option), help="write a literal", cause=refusal_text(refusal))
        return None


def _place(binding: Binding, option: Option) -> Span:
    place = option.value.meta.get("span")
    return binding.source.span(*place) if place else option.name.span
