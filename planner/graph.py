"""Owns the view graph: one topological order for everything, cycles told in full, closures.

In: for every name the names that it reads. Out: `ViewGraph`, whose `order` planning,
display and execution share. Names break ties, so the order never depends on files.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ViewGraph:
    """Edges from every view to what it reads, an order, and what can't be ordered.

    Args:
        reads: for every view, the views it reads, sorted.
        order: views whose upstream is free of cycles, upstream first.
        cycles: each cycle as a closed walk, `("a", "b", "a")`, starting at its smallest name.
    """

    reads: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]

    def upstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the views and all that they read, at any distance."""
        return _reach(names, self.reads)

    def downstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the views and all that read them, at any distance."""
        readers: dict[str, list[str]] = {}
        for view, inputs in self.reads.items():
            for one in inputs:
                readers.setdefault(one, []).append(view)
        return _reach(names, readers)


def build_graph(reads: Mapping[str, Iterable[str]]) -> ViewGraph:
    """Return the graph of views; names that are read but not in the mapping are left out.

    >>> build_graph({"b": ["a"], "a": [], "c": ["d"], "d": ["c"]}).cycles
    (('c', 'd', 'c'),)
    """
    edges = {view: tuple(sorted(set(inputs) & set(reads))) for view, inputs in reads.items()}
    order = _order(edges)
    ordered = set(order)
    rest = {v: tuple(i for i in edges[v] if i not in ordered) for v in edges if v not in ordered}
    return ViewGraph(edges, order, _cycles(rest))


def _order(edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    waiting = {view: len(inputs) for view, inputs in edges.items()}
    readers: dict[str, list[str]] = {}
    for view, inputs in edges.items():
        for one in inputs:
            readers.setdefault(one, []).append(view)
    ready = [view for view, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        view = heapq.heappop(ready)
        order.append(view)
        for reader in readers.get(view, ()):
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, reader)
    return tuple(order)


def _cycles(edges: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return shortest closed walks that share no view; walks through the same view are most often closed by one mistake."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    claimed: set[str] = set()
    for start in sorted(edges):
        if start in claimed:
            continue
        walk = _shortest_walk_back(start, edges)
        if walk and not claimed.intersection(walk):
            found[frozenset(walk)] = walk
        claimed.update(walk or ())
    return tuple(found.values())


def _shortest_walk_back(start: str, edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    came_from: dict[str, str] = {}
    frontier = [start]
    while frontier:
        following = []
        for view in frontier:
            for one in edges.get(view, ()):
                if one == start:
                    walk = [view]
                    while walk[-1] != start:
                        walk.append(came_from[walk[-1]])
                    return (*reversed(walk), start)
                if one not in came_from:
                    came_from[one] = view
                    following.append(one)
        frontier = following
    return None


def _reach(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(edges.get(name, ()))
    return frozenset(seen)
