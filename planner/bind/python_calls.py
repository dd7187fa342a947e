"""Owns calls of Python functions in expressions: arguments placed and typed, the private name put in."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ..functions.python import PREFIX, PythonFunction, engine_name, shown_name
from .aggregates import NO_CLAUSES, Rewritten, carry_inside, mark, require_over, split
from .calls import place_arguments
from .columns import copy_place
from .context import Binding
from .python_aggregates import bind_python_aggregate
from .scope import Scope

ONE_ROW = ("scalar", "table")
"""Flavours that are called for single rows; the only row of a table function holds its arguments."""
ONE_VALUE = (exp.Window, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def bind_python_call(binding: Binding, node: exp.Expr, function: PythonFunction, scope: Scope) -> exp.Expr:
    """Return the bound call of a Python function, whose arguments are bound already and become exactly of its types."""
    from .functions import name_span

    name = function.signature.name
    binding.functions.add(function.signature.key)
    binding.volatile = binding.volatile or function.volatile
    # What a body calls matters once the body is called: `Modules.require` looks at what a run needs.
    if binding.catalog.modules is not None and binding.catalog.modules.safe and binding.arguments is None:
        binding.fail("T3040", f"`{name}` is a function in Python, which `--safe` turns off", name_span(binding, node), help=UNSAFE)
    if function.flavour == "aggregate":
        return bind_python_aggregate(binding, node, function, scope)
    aggregated = function.flavour in ONE_ROW and any(isinstance(one, exp.Distinct | exp.Order) for one in node.expressions)
    if aggregated or function.flavour in ONE_ROW and isinstance(node.parent, ONE_VALUE) and node.parent.this is node:
        message = f"`{name}` gives one value for each row; it can't be aggregated or windowed"
        place = node if aggregated or node.parent is None else node.parent
        binding.fail("T2126", message, place, help=f"write {function.signature.shown} alone")
    given, clauses = (node.expressions, NO_CLAUSES) if function.flavour in ONE_ROW else split(node)
    arguments = typed_arguments(binding, node, given, function, scope)
    if arguments is None:
        return node
    made = exp.Anonymous(this=exp.to_identifier(engine_name(function.signature.key), quoted=True), expressions=arguments or [exp.true()])
    copy_place(made, node)
    for part in made.expressions if not arguments else ():
        copy_place(part, node)
    made.meta["type"] = function.returns
    if function.flavour in ONE_ROW:
        return made
    require_over(binding, node)
    held = exp.Paren(this=made)
    about = Rewritten(name, "window", mark(binding, held, alone=made))
    return carry_inside(binding, held.this, about, clauses, arguments)


def typed_arguments(
    binding: Binding, node: exp.Expr, given: list[exp.Expr], function: PythonFunction, scope: Scope
) -> list[exp.Expr] | None:
    """Return the arguments of a call in order and exactly of the declared types, defaults among them; None after an error."""
    from .functions import default_argument, typed_argument

    placed = place_arguments(binding, node, given, function.signature)
    if placed is None:
        binding.doubtful = True
        return None
    arguments = []
    for at, one in enumerate(placed):
        argument = one if one is not None else default_argument(function, at, node)
        arguments.append(exact(typed_argument(binding, function, at, argument, scope), function.types[at]))
    return arguments


UNSAFE = "leave `--safe` out if you trust the project's Python code"


def is_volatile(binding: Binding, call: exp.Expr) -> bool:
    """Say whether a bound call is one of a volatile Python function."""
    found = binding.catalog.python.get(shown_name(call).lower())
    return str(call.name).startswith(PREFIX) and found is not None and found.volatile


def exact(node: exp.Expr, wanted: DataType) -> exp.Expr:
    """Cast structs to their own type: the engine has several layouts of one, and takes just one for an argument."""
    if isinstance(node, exp.Cast) or not _has_struct(wanted):
        return node
    made = exp.Cast(this=node, to=type_node(wanted))
    copy_place(made, node)
    return made


def _has_struct(type_: DataType) -> bool:
    return type_.name == "STRUCT" or any(_has_struct(field.type) for field in type_.fields)
