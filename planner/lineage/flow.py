"""Owns what flows inside one view: influences, the relations of a FROM with theirs, scopes.

In: nothing but names and nodes. Out: sets of influences, joined and marked with kinds. A set
only ever grows; where a name can't be told, everything in sight is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .graph import Kind, Node

Influence = tuple[Node, Kind]
Influences = frozenset[Influence]
NONE: Influences = frozenset()


def marked(found: Iterable[Influence], kind: Kind) -> Influences:
    """Return influences as they are inside a clause of a kind: plain values and rows take it, others keep their own."""
    return frozenset((node, kind if own in ("value", "rows") else own) for node, own in found)


@dataclass(frozen=True, slots=True)
class Flow:
    """What a query gives.

    Args:
        columns: output columns in order, each with its influences.
        rows: what influences which rows there are.
        own: positions of columns whose expressions also decide about rows, with the way they do.
    """

    columns: tuple[tuple[str, Influences], ...]
    rows: Influences = NONE
    own: frozenset[tuple[int, Kind]] = frozenset()

    def named(self, names: Iterable[str]) -> Flow:
        """Return the same under other names of the first columns."""
        given = list(names)
        kept = (one for _, one in self.columns)
        olds = [old for old, _ in self.columns]
        return Flow(tuple(zip([*given, *olds[len(given) :]][: len(olds)], kept, strict=True)), self.rows, self.own)

    def everything(self) -> Influences:
        """Return the influences of all columns together."""
        return NONE.union(*(found for _, found in self.columns))

    def column(self, name: str) -> Influences:
        """Return the influences of a column; of all columns where none has this name."""
        exact = [found for own, found in self.columns if own == name]
        near = exact or [found for own, found in self.columns if own.lower() == name.lower()]
        return NONE.union(*near) if near else self.everything() | self.rows


@dataclass(frozen=True, slots=True)
class Scope:
    """The relations that a query's expressions see, with those of the queries around it.

    Args:
        relations: by alias, as written.
        outer: the scope around, for correlated subqueries.
    """

    relations: tuple[tuple[str, Flow], ...] = ()
    outer: Scope | None = None

    def chain(self) -> Iterator[Scope]:
        """Yield this scope, then those around it."""
        at: Scope | None = self
        while at is not None:
            yield at
            at = at.outer

    def rows(self) -> Influences:
        """Return what influences the rows of this query's own relations."""
        return NONE.union(*(flow.rows for _, flow in self.relations))

    def column(self, alias: str, name: str) -> Influences:
        """Return the influences of `alias.name`; without an alias those of every column of that name."""
        for scope in self.chain():
            for own, flow in scope.relations:
                if own.lower() == alias.lower():
                    return flow.column(name)
        wanted = name.lower()
        every = [(own, found) for scope in self.chain() for _, flow in scope.relations for own, found in flow.columns]
        near = [found for own, found in every if own.lower() == wanted] if not alias else []
        return NONE.union(*(near or [found for _, found in every]))
