"""Owns of what kind the body of a function is: over single rows, over the rows of groups, or over those of windows."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.statements.function import FunctionStatement
from ...dialect.types_sql import type_node
from ..functions.macros import ARGUMENTS
from .aggregates import inner_calls, outermost
from .columns import copy_place
from .context import Binding

GIVEN = "the call gives OVER, FILTER and DISTINCT to what is inside"


def check_flavour(binding: Binding, statement: FunctionStatement, body: exp.Expr) -> None:
    """Report a body that is of another kind than its function is declared as (T2131)."""
    name, place = statement.name.text, statement.name.span
    calls = list(inner_calls(binding, body))
    window = next((node for node in _own(body) if isinstance(node, exp.Window)), None)
    first = next((call for call, _ in calls), None)
    of_windows = next((call for call, kind in calls if kind == "window"), None)
    if statement.flavour == "scalar" and (window is not None or of_windows is not None):
        _fail(binding, f"`{name}` has a window in its body, a function goes over single rows", window or of_windows, "WINDOW", name)
    elif statement.flavour == "scalar" and first is not None:
        _fail(binding, f"`{name}` has the aggregate `{first.name}` in its body, a function goes over single rows", first, "AGGREGATE", name)
    elif statement.flavour == "aggregate" and (window is not None or of_windows is not None):
        _fail(binding, f"`{name}` is an aggregate, and has a window in its body", window or of_windows, "WINDOW", name)
    elif statement.flavour == "aggregate" and first is None:
        binding.fail("T2131", f"`{name}` is an aggregate without an aggregate in its body", place, help=f"write CREATE FUNCTION {name}(…)")
    elif statement.flavour == "window" and first is None:
        message = f"`{name}` is a window function without one in its body, nor an aggregate"
        binding.fail("T2131", message, place, help=f"write CREATE FUNCTION {name}(…)")


def _fail(binding: Binding, message: str, at: exp.Expr | None, word: str, name: str) -> None:
    assert at is not None
    binding.fail("T2131", message, at, help=f"write CREATE {word} FUNCTION {name}(…); {GIVEN}")


def _own(body: exp.Expr) -> list[exp.Expr]:
    return list(body.walk(prune=lambda node: isinstance(node, exp.Query)))


def outside_calls(binding: Binding, body: exp.Expr) -> frozenset[str]:
    """Return the parameters that a bound body uses outside of its aggregates."""
    inside = {id(part) for call, _ in inner_calls(binding, body) for part in outermost(call).walk()}
    columns = (node for node in _own(body) if isinstance(node, exp.Column) and node.table == ARGUMENTS)
    return frozenset(column.name for column in columns if id(column) not in inside)


def as_typed(binding: Binding, flavour: str, body: exp.Expr) -> exp.Expr:
    """Return a copy of a body that the engine can type alone: windows everywhere, or typed nulls outside of aggregates."""
    held = exp.Paren(this=body.copy())
    calls = [call for call, _ in inner_calls(binding, held)]
    if flavour == "window":
        for call in calls:
            at = outermost(call)
            if not isinstance(at.parent, exp.Window) or at.parent.this is not at:
                window = exp.Window(this=exp.Null(), over="OVER")
                copy_place(window, call)
                at.replace(window)
                window.set("this", at)
    elif flavour == "aggregate":
        inside = {id(part) for call in calls for part in outermost(call).walk()}
        for node in _own(held):
            if isinstance(node, exp.Column) and node.table == ARGUMENTS and id(node) not in inside:
                null = exp.Cast(this=exp.Null(), to=type_node(node.meta["type"]))
                null.meta.update(node.meta)
                node.replace(null)
    return held.this  # type: ignore[no-any-return]
