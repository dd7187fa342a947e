"""Owns what is known of the rows that a scan needs: a small predicate tree in planner's own terms, and first rows of an order.

The engine's adapter translates the filters of an optimised plan into it; the lake
evaluates it against partition values and file statistics. Whatever can't be said
in it is `Unknown`, which keeps every file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .values import Value


@dataclass(frozen=True, slots=True)
class Compare:
    """`column operator value`; operator is one of `= != < <= > >=`; path of names for nested columns."""

    column: tuple[str, ...]
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class InValues:
    """`column [NOT] IN (values)`."""

    column: tuple[str, ...]
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """`column IS [NOT] NULL`."""

    column: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class StartsWith:
    """`column LIKE 'prefix%'`."""

    column: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Predicate


Judge = Callable[[Any], Any]
"""Computes a condition. In: an Arrow table of columns of the relation, under its names. Out: a boolean array, or None
where those columns aren't all that the condition needs, or it can't be computed for them."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A condition that can't be judged from bounds.

    Args:
        text: the engine's spelling.
        judge: computes it where all its columns are known, as partition columns are; None where nothing can.
    """

    text: str
    judge: Judge | None = field(default=None, compare=False, repr=False)


Predicate = Compare | InValues | IsNull | StartsWith | And | Or | Not | Unknown


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The rows that come first in an order: nothing else is needed of a relation.

    Rows that are equal in the column to the last of them are needed too, for further keys may decide.

    Args:
        column: by which the rows are ordered before all others.
        descending: whether greater values come first.
        nulls_first: whether nulls come before all values.
        count: how many rows, of those that satisfy the relation's predicate; the predicate says all that leaves rows out.
    """

    column: str
    descending: bool
    nulls_first: bool
    count: int

    def order(self) -> str:
        """Return the order for people."""
        return f"`{self.column}`{' DESC' if self.descending else ''} NULLS {'FIRST' if self.nulls_first else 'LAST'}"


def columns_of(predicate: Predicate | None) -> frozenset[tuple[str, ...]]:
    """Return the paths of all columns that a predicate can be judged by."""
    if isinstance(predicate, And | Or):
        return frozenset().union(*(columns_of(p) for p in predicate.parts))
    if isinstance(predicate, Not):
        return columns_of(predicate.part)
    if isinstance(predicate, Compare | InValues | IsNull | StartsWith):
        return frozenset({predicate.column})
    return frozenset()
