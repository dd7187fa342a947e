"""Owns Python functions as planning knows them: signatures and names for the engine, never the code itself.

In: a declaration, what was found behind its target without running it, or what Python registered.
Out: `PythonFunction`, whose calls in bound trees have the private name `python:NAME`. An aggregate is
one call over the list that `array_agg` makes of a group's rows; under OVER it is `python:NAME over`, a
window function that gets the rows of a partition, which of them count, and the first and last row of each frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from sqlglot import exp

from ...dialect.source import Span
from ...dialect.types import BIGINT, BOOLEAN, DataType, Field, list_of, struct
from ...dialect.walk import find_all
from ..ports import ScalarFunction
from ..spec import ExecutionSpec, FunctionSpec, PythonCode
from ..values import Value

if TYPE_CHECKING:
    from ..bind.calls import Signature

PREFIX = "python:"
"""What names of Python functions begin with in engine SQL; no function of the engine's own does."""


OVER = " over"
"""What the name of an aggregate ends with in engine SQL where it stands under OVER."""
Flavour = Literal["scalar", "aggregate", "window", "table"]


def engine_name(name: str) -> str:
    """Return a Python function's name in bound trees and engine SQL.

    >>> engine_name("Haversine")
    'python:haversine'
    """
    return PREFIX + name.lower()


def shown_name(call: exp.Expr) -> str:
    """Return a call's name as people wrote it."""
    return str(call.name).removeprefix(PREFIX).removesuffix(OVER)


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
    """A function that Python registered; `defaults` holds None where an argument must be given, `variadic` says that the last is `*`."""

    name: str
    parameters: tuple[str, ...]
    types: tuple[DataType, ...]
    defaults: tuple[Value | None, ...]
    returns: DataType
    code: PythonCode
    comment: str | None = None
    flavour: Flavour = "scalar"
    variadic: bool = False


class PythonModules(Protocol):
    """What binding asks of Python code: where it is, never to run it."""

    @property
    def safe(self) -> bool:
        """Say whether Python functions are turned off."""

    def find(self, target: str, arguments: int, counts_rows: bool = True) -> FoundCode:
        """Return what stands behind `module:function`.

        Args:
            target: as it is declared.
            arguments: how many the declaration has.
            counts_rows: whether a function without arguments is given the number of rows.

        Raises:
            TreadleError: T2120 to T2124, without a place.
        """

    def registered(self) -> Mapping[str, RegisteredFunction]:
        """Return what Python registered, by lower-case name."""


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A Python function after binding; the arguments are as those of `Macro`."""

    signature: Signature
    types: tuple[DataType, ...]
    defaults: tuple[exp.Expr | None, ...]
    returns: DataType
    code: PythonCode
    span: Span
    comment: str | None = None
    places: tuple[Span, ...] = ()
    flavour: Flavour = "scalar"

    @property
    def volatile(self) -> bool:
        """Say whether it gives another value each time."""
        return self.code.volatility == "VOLATILE"

    @property
    def shapes(self) -> tuple[ScalarFunction, ...]:
        """Return it as the engine knows it."""
        arguments = tuple(zip(self.signature.parameters, self.types, strict=True))
        return _shapes(self.signature.key, self.flavour, arguments, self.returns, self.code)

    @property
    def shown_returns(self) -> str:
        """Return what it gives as a declaration says it."""
        fields = self.returns.fields[0].type.fields if self.flavour == "table" else ()
        return f"TABLE ({', '.join(f'{one.name} {one.type}' for one in fields)})" if fields else str(self.returns)

    @property
    def sql(self) -> str:
        """Return its canonical definition."""
        from ...dialect import to_sql

        strict = " STRICT" if self.code.strict else ""
        target = to_sql(exp.Literal.string(self.code.target))
        return f"{self.signature.shown} RETURNS {self.shown_returns} {self.code.volatility}{strict} LANGUAGE PYTHON AS {target}"


def row_type(arguments: tuple[tuple[str, DataType], ...]) -> DataType:
    """Return the type of what an aggregate's list holds for each row: its argument, or a struct of several, by position from 1."""
    types = [type_ for _, type_ in arguments]
    return types[0] if len(types) == 1 else struct(*(Field(str(at), type_) for at, type_ in enumerate(types, start=1)))


def _shapes(
    name: str, flavour: str, arguments: tuple[tuple[str, DataType], ...], returns: DataType, code: PythonCode
) -> tuple[ScalarFunction, ...]:
    types = tuple(type_ for _, type_ in arguments)
    if flavour != "aggregate":
        return (ScalarFunction(engine_name(name), types or (BOOLEAN,), returns, code.volatility, flavour == "window"),)
    grouped = ScalarFunction(engine_name(name), (list_of(row_type(arguments)),), returns, code.volatility)
    return grouped, ScalarFunction(engine_name(name) + OVER, (*types, BOOLEAN, BIGINT, BIGINT), returns, code.volatility, True)


def shapes_of(function: FunctionSpec) -> tuple[ScalarFunction, ...]:
    """Return a function of a specification as the engine knows it; none when it is in SQL."""
    from ...dialect import parse_type

    code = function.python
    if code is None:
        return ()
    arguments = tuple((name, parse_type(type_)) for name, type_ in code.arguments)
    return _shapes(function.name, function.flavour, arguments, parse_type(code.returns), code)


def shapes(spec: ExecutionSpec) -> tuple[ScalarFunction, ...]:
    """Return the Python functions of a specification as the engine knows them."""
    return tuple(shape for one in spec.functions for shape in shapes_of(one))


def python_functions(spec: ExecutionSpec) -> Mapping[str, FunctionSpec]:
    """Return the Python functions of a specification by their names in engine SQL."""
    return {shape.name: one for one in spec.functions for shape in shapes_of(one)}


def python_calls(tree: exp.Expr) -> list[exp.Anonymous]:
    """Return the calls of Python functions in a bound tree."""
    return [node for node in find_all(tree, exp.Anonymous) if str(node.name).startswith(PREFIX)]
