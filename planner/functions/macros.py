"""Owns SQL functions of the project: `Macro` and its expansion into a caller's tree, and `TableMacro`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from ...dialect.source import Span
from ...dialect.types import DataType, Schema
from ..bind.calls import Signature

ARGUMENTS = "<arguments>"
"""The relation under which a bound body names its arguments; no alias of a user's is called so."""


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
        relations: what the body reads from outside: private names of `body`, with the sources that they mean.
        inside: parameters that its queries use.
        fenced: those that they use inside WITH or a subquery in FROM.
        flavour: whether its body goes over single rows, the rows of groups, or those of windows.
        outside: parameters that an aggregate's body uses outside of the aggregates in it.
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
    relations: Mapping[str, str] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    fenced: frozenset[str] = frozenset()
    flavour: Literal["scalar", "aggregate", "window"] = "scalar"
    outside: frozenset[str] = frozenset()

    def expand(self, arguments: Mapping[str, exp.Expr], call: exp.Expr, prepare: Callable[[exp.Expr], None]) -> exp.Expr:
        """Return the body with arguments in place; every node of the body stands where the call stands.

        Args:
            arguments: by parameter.
            call: where it stands.
            prepare: is given the body's copy before the arguments are in it.
        """
        made = exp.Paren(this=self.body.copy())
        prepare(made)
        place = call.meta.get("span")
        for node in made.walk():
            if place:
                node.meta["span"] = place
        for node in list(made.find_all(exp.Column)):
            if node.table == ARGUMENTS:
                node.replace(arguments[node.name].copy())
        return made


@dataclass(frozen=True, slots=True)
class TableMacro:
    """A SQL table function whose body was bound once, with typed nulls for its arguments.

    Args:
        signature: name and parameters.
        types: their declared types.
        defaults: bound constant expressions, None where required.
        query: the body as it was written; it is bound anew at each call, for what it reads may depend on the arguments.
        columns: names and types declared behind RETURNS TABLE, empty when they are not.
        schema: the columns of the body, None where they depend on the arguments.
        sql: the canonical definition.
        span: place of its declaration.
        comment: what it is for.
        places: where the types of its parameters are declared.
        column_places: where its columns are declared.
    """

    signature: Signature
    types: tuple[DataType, ...]
    defaults: tuple[exp.Expr | None, ...]
    query: exp.Query
    columns: tuple[tuple[str, DataType], ...]
    schema: Schema | None
    sql: str
    span: Span
    comment: str | None = None
    places: tuple[Span, ...] = ()
    column_places: tuple[Span, ...] = ()
