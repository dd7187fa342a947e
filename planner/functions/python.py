"""Owns Python functions as planning knows them: signatures and names for the engine, never the code itself.

In: a declaration, what was found behind its target without running it, or what Python registered.
Out: `PythonFunction`, whose calls in bound trees have the private name `python:NAME`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from ...dialect.source import Span
from ...dialect.types import BOOLEAN, DataType
from ...dialect.walk import find_all
from ..ports import ScalarFunction
from ..spec import ExecutionSpec, FunctionSpec, PythonCode
from ..values import Value

if TYPE_CHECKING:
    from ..bind.calls import Signature

PREFIX = "python:"
"""What names of Python functions begin with in engine SQL; no function of the engine's own does."""


def engine_name(name: str) -> str:
    """Return a Python function's name in bound trees and engine SQL.

    >>> engine_name("Haversine")
    'python:haversine'
    """
    return PREFIX + name.lower()


@dataclass(frozen=True, slots=True)
class FoundCode:
    """What stands behind `module:function`, found without running any of it.

    Args:
        digest: of the module's file and of the project's own modules that it imports.
        path: the module's file, relative to the project's root where inside it.
    """

    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class RegisteredFunction:
    """A function that Python registered; `defaults` holds None where an argument must be given."""

    name: str
    parameters: tuple[str, ...]
    types: tuple[DataType, ...]
    defaults: tuple[Value | None, ...]
    returns: DataType
    code: PythonCode
    comment: str | None = None


class PythonModules(Protocol):
    """What binding asks of Python code: where it is, never to run it."""

    @property
    def safe(self) -> bool:
        """Say whether Python functions are turned off."""

    def find(self, target: str, arguments: int) -> FoundCode:
        """Return what stands behind `module:function`.

        Args:
            target: as it is declared.
            arguments: how many the declaration has.

        Raises:
            TreadleError: T2120 to T2124, without a place.
        """

    def registered(self) -> Mapping[str, RegisteredFunction]:
        """Return what Python registered, by lower-case name."""


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A scalar Python function after binding; the arguments are as those of `Macro`."""

    signature: Signature
    types: tuple[DataType, ...]
    defaults: tuple[exp.Expr | None, ...]
    returns: DataType
    code: PythonCode
    span: Span
    comment: str | None = None
    places: tuple[Span, ...] = ()

    @property
    def volatile(self) -> bool:
        """Say whether it gives another value each time."""
        return self.code.volatility == "VOLATILE"

    @property
    def shape(self) -> ScalarFunction:
        """Return it as the engine knows it."""
        return _shape(self.signature.name, self.types, self.returns, self.code)

    @property
    def sql(self) -> str:
        """Return its canonical definition."""
        from ...dialect import to_sql

        strict = " STRICT" if self.code.strict else ""
        target = to_sql(exp.Literal.string(self.code.target))
        return f"{self.signature.shown} RETURNS {self.returns} {self.code.volatility}{strict} LANGUAGE PYTHON AS {target}"


def _shape(name: str, types: tuple[DataType, ...], returns: DataType, code: PythonCode) -> ScalarFunction:
    return ScalarFunction(engine_name(name), types or (BOOLEAN,), returns, code.volatility)


def shapes(spec: ExecutionSpec) -> tuple[ScalarFunction, ...]:
    """Return the Python functions of a specification as the engine knows them."""
    from ...dialect import parse_type

    found = []
    for one in spec.functions:
        if one.python is not None:
            types = tuple(parse_type(type) for _, type in one.python.arguments)
            found.append(_shape(one.name, types, parse_type(one.python.returns), one.python))
    return tuple(found)


def python_functions(spec: ExecutionSpec) -> Mapping[str, FunctionSpec]:
    """Return the Python functions of a specification by their names in engine SQL."""
    return {engine_name(one.name): one for one in spec.functions if one.python is not None}


def python_calls(tree: exp.Expr) -> list[exp.Anonymous]:
    """Return the calls of Python functions in a bound tree."""
    return [node for node in find_all(tree, exp.Anonymous) if str(node.name).startswith(PREFIX)]
