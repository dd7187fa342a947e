"""Owns lineage as text: a tree for people, objects for JSON.

In: a graph, where to start, a direction and a depth. Out: lines, or plain objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...planner.lineage import LineageGraph, Node
from ...planner.lineage.graph import Direction, Kind, Step
from .text import Paint, visible

STYLES: dict[Kind, str] = {"value": "green", "filter": "red", "join": "magenta", "group": "cyan", "order": "yellow", "rows": "dim"}


def tree(graph: LineageGraph, starts: Sequence[Node], direction: Direction, depth: int | None, paint: Paint) -> list[str]:
    """Return a tree as lines; what was spread out once is marked with `…` when it comes again."""
    return _Tree(graph, direction, depth, paint).lines(starts)


class _Tree:
    """Writes one tree, with what it has spread out."""

    def __init__(self, graph: LineageGraph, direction: Direction, depth: int | None, paint: Paint) -> None:
        self.graph, self.direction, self.depth, self.paint = graph, direction, depth, paint
        self.seen: dict[Node, int] = {}

    def lines(self, starts: Sequence[Node]) -> list[str]:
        made: list[str] = []
        for start in starts:
            name = visible(start.relation if start.is_rows else str(start))
            made.append(f"{self.paint('bold', name)}  {self.paint('dim', self.graph.types.get(start, 'rows'))}")
            self._spread(start, "", 0, made, frozenset(starts))
        return made

    def _spread(self, node: Node, indent: str, away: int, made: list[str], starts: frozenset[Node]) -> None:
        self.seen[node] = away
        steps = self._steps(node, away, starts)
        for at, (other, kinds) in enumerate(steps):
            last = at == len(steps) - 1
            further = away + self._leaves(node, other)
            again = other in self.seen and self.seen[other] <= further
            more = again and other not in starts and bool(self._steps(other, further, frozenset()))
            words = ", ".join(self.paint(STYLES[kind], kind) for kind in kinds)
            made.append(f"{indent}{'└─ ' if last else '├─ '}{visible(str(other))}  {words}{' …' if more else ''}")
            if not again:
                self._spread(other, indent + ("   " if last else "│  "), further, made, starts)

    def _steps(self, node: Node, away: int, starts: frozenset[Node]) -> list[Step]:
        """Return what is told below a node: not what lies too far, nor that rows without more to say go with their columns."""
        steps = self.graph.steps(node, self.direction, start=node in starts)
        near = [step for step in steps if self.depth is None or away + self._leaves(node, step[0]) <= self.depth]
        return [step for step in near if self._leaves(node, step[0]) or self._tells(step[0], away, starts)]

    def _tells(self, other: Node, away: int, starts: frozenset[Node]) -> bool:
        """Say whether a node of the same relation is worth a line: it is no start, and leads further."""
        leads = any(self._leaves(other, one) for one, _ in self.graph.steps(other, self.direction))
        return other not in starts and (leads or other.is_rows == (self.direction == "down")) and (self.depth is None or away < self.depth)

    def _leaves(self, node: Node, other: Node) -> bool:
        return other.relation != node.relation or other.kind != node.kind


def as_json(graph: LineageGraph, starts: Sequence[Node], direction: Direction, depth: int | None) -> dict[str, Any]:
    """Return the part of a graph that is reached, as JSON objects."""
    part = reached(graph, starts, direction, depth)
    return {
        "direction": direction,
        "starts": [str(node) for node in starts],
        "nodes": [
            {"id": str(n), "kind": n.kind, "relation": n.relation, "column": n.column, "type": part.types.get(n)} for n in part.nodes
        ],
        "edges": [{"from": str(e.origin), "to": str(e.target), "kinds": list(e.kinds)} for e in part.edges],
    }


def reached(graph: LineageGraph, starts: Sequence[Node], direction: Direction, depth: int | None) -> LineageGraph:
    """Return the part of a graph that a walk reaches; a column decides about its own view's rows only where a walk down starts."""
    found = graph.reach(starts, direction, depth)
    edited = frozenset(starts if direction == "down" else ())
    inside = (edge for edge in graph.edges if edge.origin in found and edge.target in found)
    edges = tuple(edge for edge in inside if not edge.is_own or edge.origin in edited)
    return LineageGraph(tuple(node for node in graph.nodes if node in found), edges, graph.types)
