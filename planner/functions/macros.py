"""Owns SQL functions of the project: `Macro`, its canonical text, and its expansion into a caller's tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect.source import Span
from ...dialect.types import DataType
from ..bind.calls import Signature

ARGUMENTS = "arguments"
"""The relation under which a bound body names its arguments; users' aliases are never seen in there."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A scalar SQL function after binding.

    Args:
        signature: name and parameters.
        types: their declared types.
        defaults: bound constant expressions, None where required.
        returns: the declared result type.
        body: bound expression of that type; arguments are columns of `arguments`.
        span: place of its declaration.
        counts: how often the body uses each parameter.
        uses: other project functions inside, transitively.
        volatile: whether it gives another value each time.
        comment: what it is for.
        places: where the types of its parameters are declared.
    """

    signature: Signature
    types: tuple[DataType, ...]
    defaults: tuple[exp.Expr | None, ...]
    returns: DataType
    body: exp.Expr
    span: Span
    counts: Mapping[str, int] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    volatile: bool = False
    comment: str | None = None
    places: tuple[Span, ...] = ()

    def expand(self, arguments: Mapping[str, exp.Expr], call: exp.Expr) -> exp.Expr:
        """Return the body with arguments in place; every node of the body stands where the call stands."""
        made = exp.Paren(this=self.body.copy())
        place = call.meta.get("span")
        for node in made.walk():
            if place:
                node.meta["span"] = place
        for node in list(made.find_all(exp.Column)):
            if node.table == ARGUMENTS:
                node.replace(arguments[node.name].copy())
        return made
