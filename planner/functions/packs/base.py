"""Owns `Function` and `Pack`: one entry says all that there is of a function, what stands for its calls included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ....dialect.types import DataType
from ...ports import FunctionKind, ScalarFunction
from ..built_ins import Parameter, parse_parameter

NULL_GIVES_NULL = "null in any argument gives null"
"""The null rule of most functions; a test holds every entry that says so to it."""

Volatility = Literal["immutable", "stable", "volatile"]


class RewriteRefused(Exception):
    """A rewrite can't be made of what was given.

    Args:
        parameter: whose argument is at fault; of a variadic one its first.
        message: what is wrong.
        help: the way out.
    """

    def __init__(self, parameter: str, message: str, help: str) -> None:
        """Store what is told at the argument."""
        super().__init__(message)
        self.parameter = parameter
        self.message = message
        self.help = help


@dataclass(frozen=True, slots=True)
class Given:
    """What a rewrite that is made per call knows of the call: never the arguments themselves, which it only names.

    Args:
        types: by parameter, those of its arguments; None where they can't be known, more than one for a variadic parameter.
        literals: the same for texts that are written as constants; None for everything else.
        numbers: whole numbers that are written as constants, by parameter.
    """

    types: Mapping[str, tuple[DataType | None, ...]]
    literals: Mapping[str, tuple[str | None, ...]]
    numbers: Mapping[str, str] = field(default_factory=dict)

    def names(self, parameter: str) -> tuple[str, ...]:
        """Return the names under which the text says the arguments of a variadic parameter: `part_1`, `part_2`, …."""
        return tuple(f"{parameter}_{n}" for n in range(1, len(self.types[parameter]) + 1))

    def type(self, parameter: str) -> DataType | None:
        """Return the type of a parameter's argument."""
        return self.types[parameter][0]

    def number(self, parameter: str) -> str | None:
        """Return the number that is written for a parameter, or None where it is no constant number."""
        return self.numbers.get(parameter)

    def literal(self, parameter: str) -> str | None:
        """Return the text that is written for a parameter, or None where it is no constant text."""
        return self.literals[parameter][0]


Rewrite = str | Callable[[Given], str]
"""SQL text over the parameters' names. A variadic one that stands alone as a call's argument means all of its arguments.

`"treadle:name"(…)` calls an Arrow function of treadle's own. Only texts that say something other for each call are made by a function.
"""


@dataclass(frozen=True, slots=True)
class Function:
    """One function, or one form of a function that has several.

    Args:
        name: lower case.
        parameters: in order; the last may be variadic.
        returns: its result type, or a family such as `LIST`, or `like NAME` for the type of an argument.
        rewrite: what stands for a call.
        doc: one sentence.
        example: a call with every argument named.
        gives: what the example gives, as SQL; of an aggregate or window the values of its column, in order.
        nulls: what null arguments give.
        kind: what it is called as.
        volatility: whether it gives another value each time.
        arrow: functions of treadle's own that the rewrite calls, by name in engine SQL.
        not_run: why the example is not run, else None.
        over: what stands for a call under OVER, where the engine can't window the rewrite.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    rewrite: Rewrite
    doc: str
    example: str
    gives: str
    nulls: str = NULL_GIVES_NULL
    kind: FunctionKind = "scalar"
    volatility: Volatility = "immutable"
    arrow: tuple[ArrowFunction, ...] = ()
    not_run: str | None = None
    over: str | None = None

    @property
    def shown(self) -> str:
        """Return the signature without the result type."""
        return f"{self.name}({', '.join(p.shown for p in self.parameters)})"


@dataclass(frozen=True, slots=True)
class ArrowFunction:
    """A vectorised function of treadle's own, which every session of the engine knows.

    Args:
        shape: its private name, which begins with `treadle:`, and its types.
        target: `module:function` under `runtime/arrow_functions/`; it takes one Arrow array per argument and returns one.
    """

    shape: ScalarFunction
    target: str


@dataclass(frozen=True, slots=True)
class Pack:
    """Functions that belong together: one file.

    Args:
        name: as documentation lists it.
        doc: what they are for.
        functions: in order.
        renamed: other names of functions that are the engine's or a pack's own.
    """

    name: str
    doc: str
    functions: tuple[Function, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)


def function(
    signature: str,
    rewrite: Rewrite,
    doc: str,
    example: str,
    gives: str,
    *,
    nulls: str = NULL_GIVES_NULL,
    kind: FunctionKind = "scalar",
    volatility: Volatility = "immutable",
    arrow: tuple[ArrowFunction, ...] = (),
    not_run: str | None = None,
    over: str | None = None,
) -> Function:
    """Return an entry from a signature such as `f(text VARCHAR, part BIGINT = 0, more ANY...) -> VARCHAR`.

    Optional parameters, `name TYPE?`, stand as null where they are left out.
    """
    head, _, returns = signature.partition(" -> ")
    name, _, inside = head.removesuffix(")").partition("(")
    parameters = tuple(parse_parameter(one) for one in inside.split(", ")) if inside else ()
    return Function(name, parameters, returns, rewrite, doc, example, gives, nulls, kind, volatility, arrow, not_run, over)
