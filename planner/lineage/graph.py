"""Owns `LineageGraph`: columns, rows and parameters, what influences what, and in which way.

In: nodes and edges. Out: steps up and down, what is reached. A relation's rows (which rows
there are, and how many) are one node; they influence each of its columns, which is never
written as an edge but taken by every walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down"]
NodeKind = Literal["view", "source", "parameter"]
Kind = Literal["value", "filter", "join", "group", "order", "rows"]
KINDS: tuple[Kind, ...] = ("value", "filter", "join", "group", "order", "rows")
"""Ways of influence; `rows` says that the rows of one relation come from those of another."""


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A column, the rows of a relation (`column` is None), or a parameter (`column` is None too).

    >>> str(Node("view", "late", "flights")), str(Node("view", "late")), str(Node("parameter", "since"))
    ('late.flights', 'late (rows)', 'PARAM since')
    """

    kind: NodeKind
    relation: str
    column: str | None = None

    @property
    def is_rows(self) -> bool:
        """Say whether this stands for the rows of a relation."""
        return self.column is None and self.kind != "parameter"

    def __str__(self) -> str:
        """Return the name that people see."""
        if self.kind == "parameter":
            return f"PARAM {self.relation}"
        return f"{self.relation} (rows)" if self.column is None else f"{self.relation}.{self.column}"


@dataclass(frozen=True, slots=True)
class Edge:
    """One influence: from what is read to what it makes, with all its kinds in the order of `KINDS`."""

    origin: Node
    target: Node
    kinds: tuple[Kind, ...]

    @property
    def is_own(self) -> bool:
        """Say whether this goes from a column to the rows of its own view."""
        return self.origin.kind == self.target.kind == "view" and self.origin.relation == self.target.relation


Step = tuple[Node, tuple[Kind, ...]]


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """All columns with their influences.

    An edge from a column to the rows of its own view says that the column's expression decides
    about rows (DISTINCT, GROUP BY ALL): whoever edits it changes them. It counts only where a
    walk down starts, as what the expression reads has an edge to the rows of its own.

    Args:
        nodes: sources' columns in use, parameters and all views' columns, views in the project's order.
        edges: influences, by target in that order.
        types: the type of each column, as SQL.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    types: Mapping[Node, str] = field(default_factory=dict)
    _up: Mapping[Node, tuple[Step, ...]] = field(init=False, repr=False, compare=False)
    _down: Mapping[Node, tuple[Step, ...]] = field(init=False, repr=False, compare=False)
    _own: Mapping[Node, tuple[Step, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the edges by both ends."""
        up: dict[Node, list[Step]] = {}
        down: dict[Node, list[Step]] = {}
        own: dict[Node, list[Step]] = {}
        for node in self.nodes:
            if node.column is not None:
                rows = Node(node.kind, node.relation)
                up.setdefault(node, []).append((rows, ("rows",)))
                down.setdefault(rows, []).append((node, ("rows",)))
        for edge in self.edges:
            if edge.is_own:
                own.setdefault(edge.origin, []).append((edge.target, edge.kinds))
                continue
            up.setdefault(edge.target, []).append((edge.origin, edge.kinds))
            down.setdefault(edge.origin, []).append((edge.target, edge.kinds))
        object.__setattr__(self, "_up", {node: tuple(steps) for node, steps in up.items()})
        object.__setattr__(self, "_own", {node: tuple(steps) for node, steps in own.items()})
        object.__setattr__(self, "_down", {node: tuple(steps) for node, steps in down.items()})

    def steps(self, node: Node, direction: Direction, *, start: bool = False) -> tuple[Step, ...]:
        """Return what influences a node, or what it influences, one step away; a column's own rows first.

        Args:
            node: where to go from.
            direction: `up` to what is read, `down` to what reads.
            start: whether the walk starts here, so that the node's own expression is what changes.
        """
        if direction == "up":
            return self._up.get(node, ())
        return (self._own.get(node, ()) if start else ()) + self._down.get(node, ())

    def reach(self, starts: Iterable[Node], direction: Direction, depth: int | None = None) -> dict[Node, int]:
        """Return all nodes within `depth` relations, the starts included, each with its distance in relations."""
        found = dict.fromkeys(starts, 0)
        frontier, first = list(found), True
        while frontier:
            later = []
            for node in frontier:
                for other, _ in self.steps(node, direction, start=first):
                    away = found[node] + (other.relation != node.relation or other.kind != node.kind)
                    if (depth is None or away <= depth) and away < found.get(other, away + 1):
                        found[other] = away
                        later.append(other)
            frontier, first = later, False
        return found
