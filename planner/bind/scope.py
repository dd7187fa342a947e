"""Owns name resolution inside one query: relations in scope, their columns, outer scopes.

Unquoted names match real names without case, quoted ones exactly; several matches are
an error with its candidates (DESIGN 2, "Names").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect.source import Span
from ...dialect.types import DataType


@dataclass(frozen=True, slots=True)
class Column:
    """An output column of a query or relation; the type is None where only the engine knows it."""

    name: str
    type: DataType | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """One thing in FROM.

    Args:
        alias: the name under which its columns are written in the bound tree.
        columns: its columns, or None when it could not be bound (its error is told elsewhere).
        span: where it stands.
        qualifier: the first part of its name when it was written `staging.flights` without an alias.
    """

    alias: str
    columns: tuple[Column, ...] | None
    span: Span
    qualifier: str | None = None


@dataclass(slots=True)
class Scope:
    """The relations of one SELECT and a way to those outside it.

    Args:
        parent: the scope around it, for correlated subqueries.
        relations: in the order of FROM.
        merged: columns joined by USING or NATURAL, by lower-case name: the expression that stands for them.
        alias_names: all aliases of the select list in lower case, known before it is bound.
        aliases_allowed: whether a name that is no column may mean a select-list alias.
        sources: the bound nodes of FROM, as the probe repeats them.
        aliases: select-list aliases, by lower-case name, for GROUP BY, HAVING, QUALIFY and ORDER BY.
        variables: parameters of a lambda by name, with what stands for them; such a scope has nothing else.
    """

    parent: Scope | None = None
    relations: list[Relation] = field(default_factory=list)
    merged: dict[str, tuple[str, exp.Expr]] = field(default_factory=dict)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    alias_names: frozenset[str] = frozenset()
    aliases_allowed: bool = False
    sources: list[exp.Expr] = field(default_factory=list)
    variables: dict[str, exp.Expr] = field(default_factory=dict)

    def chain(self) -> Iterator[Scope]:
        """Yield this scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def unknown(self) -> bool:
        """Say whether a relation here or outside could not be bound, so that any name may exist."""
        return any(r.columns is None for scope in self.chain() for r in scope.relations)

    def visible(self) -> list[str]:
        """Return all column names in reach, for suggestions."""
        return [c.name for scope in self.chain() for r in scope.relations for c in r.columns or ()]


def same(identifier: exp.Identifier, real: str) -> bool:
    """Say whether an identifier as written means a real name."""
    written = str(identifier.this)
    return written == real if identifier.args.get("quoted") else written.lower() == real.lower()


def find_variable(identifier: exp.Identifier, scope: Scope) -> tuple[exp.Expr, bool] | None:
    """Return what stands for a lambda's parameter of that name, and whether it is seen from inside a subquery of the lambda."""
    crossed = False
    for at in scope.chain():
        for name, meant in at.variables.items():
            if same(identifier, name):
                return meant, crossed
        if not at.variables and find_here(identifier, at):
            return None
        crossed = crossed or not at.variables
    return None


def find_here(identifier: exp.Identifier, scope: Scope) -> bool:
    """Say whether a relation of a scope, or its alias, has this name."""
    return any(same(identifier, r.alias) or find_columns(identifier, r) for r in scope.relations)


def find_columns(identifier: exp.Identifier, relation: Relation) -> list[Column]:
    """Return the columns of a relation that an identifier means (several differ only by case)."""
    written = str(identifier.this)
    if identifier.args.get("quoted"):
        return [c for c in relation.columns or () if c.name == written]
    written = written.lower()
    return [c for c in relation.columns or () if c.name.lower() == written]
