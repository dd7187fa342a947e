"""Owns functions of one name with other parameters: their keys, and which of them a call means.

The one whose types are exactly those of the arguments wins; else the one that all arguments fit without losing
anything; among several of those the one whose types fit all the others'. Anything else is an error that lists them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.types import DataType
from ..functions.macros import Macro
from ..functions.python import PythonFunction
from .aggregates import split
from .calls import can_place, place_arguments
from .context import Binding
from .infer import fits, infer, literal_fits
from .probe import probe_type
from .scope import Scope


def resolve(binding: Binding, node: exp.Expr, name: str, scope: Scope) -> str | None:
    """Return the key of the function that a call means, its name where there is one alone; None after saying what is wrong."""
    keys = binding.catalog.overloads.get(name)
    if keys is None:
        return name
    catalog = binding.catalog
    known = [(key, found) for key in keys if (found := catalog.macros.get(key) or catalog.python.get(key)) is not None]
    if len(known) < len(keys):
        binding.doubtful = True
        return None
    given, _ = split(node)
    types = [_type(binding, one, scope) for one in given]
    placed = [(key, one) for key, one in known if can_place(given, one.signature)]
    fitting = [(key, one) for key, one in placed if _fits(binding, node, given, one, scope)]
    exact = [(key, one) for key, one in fitting if _is_exact(binding, node, given, one, scope)]
    best = exact or [(key, one) for key, one in fitting if all(_widens(one, other) for _, other in fitting)]
    if len(best) == 1:
        return best[0][0]
    shown = " or ".join(one.signature.shown for _, one in fitting or known)
    listed = ", ".join(str(type_ or "?") for type_ in types)
    if fitting:
        binding.fail("T2134", f"`{node.name}` with ({listed}) may mean several functions", node, help=f"CAST the arguments for {shown}")
    else:
        binding.fail("T2032", f"no form of `{node.name}` takes ({listed})", node, help=f"write {shown}")
    binding.doubtful = True
    return None


def _type(binding: Binding, node: exp.Expr, scope: Scope) -> DataType | None:
    value = node.expression if isinstance(node, exp.Kwarg) else node
    return infer(value) or probe_type(binding, value, scope)


def _pairs(
    binding: Binding, node: exp.Expr, given: Sequence[exp.Expr], function: Macro | PythonFunction, scope: Scope
) -> list[tuple[exp.Expr, DataType | None, DataType]]:
    """Return the arguments that are given, with their types and those of their parameters."""
    placed = place_arguments(binding, node, given, function.signature) or []
    return [(one, _type(binding, one, scope), kind) for one, kind in zip(placed, function.types, strict=True) if one is not None]


def _fits(binding: Binding, node: exp.Expr, given: Sequence[exp.Expr], function: Macro | PythonFunction, scope: Scope) -> bool:
    for one, type_, wanted in _pairs(binding, node, given, function, scope):
        if type_ is not None and not fits(type_, wanted) and not literal_fits(one, wanted):
            return False
    return True


def _is_exact(binding: Binding, node: exp.Expr, given: Sequence[exp.Expr], function: Macro | PythonFunction, scope: Scope) -> bool:
    return all(type_ == wanted for _, type_, wanted in _pairs(binding, node, given, function, scope))


def _widens(one: Macro | PythonFunction, other: Macro | PythonFunction) -> bool:
    """Say whether the types of one function fit those of another."""
    return len(one.types) == len(other.types) and all(fits(a, b) for a, b in zip(one.types, other.types, strict=True))
