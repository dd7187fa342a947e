"""Owns making the `LineageGraph` of a project, view by view in its order.

In: a bound project and the names of aggregate functions. Out: the graph. What is read is told by the
nearest views and sources; walks over the graph go further.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from ...dialect import parse_expression
from ...dialect.nodes import Param
from ...dialect.walk import find_all
from ..project import BoundView, Project
from .expressions import dependencies
from .flow import NONE, Flow, Influences, Scope, marked
from .graph import KINDS, Edge, Kind, LineageGraph, Node
from .queries import Tracer


def lineage(project: Project, aggregates: Iterable[str] = ()) -> LineageGraph:
    """Return the lineage of all bound views.

    Args:
        project: bound, without errors.
        aggregates: names of the engine's aggregate functions.
    """
    builder = _Builder(project, frozenset(name.lower() for name in aggregates))
    for name in project.order:
        if name in project.views:
            builder.add_view(project.views[name])
    return builder.graph()


class _Builder:
    """Collects nodes and edges; equal edges are one, with all their kinds."""

    def __init__(self, project: Project, aggregate_names: frozenset[str]) -> None:
        self.project, self.aggregate_names = project, aggregate_names
        self.nodes: dict[Node, None] = {}
        self.edges: dict[tuple[Node, Node], set[Kind]] = {}
        self.types: dict[Node, str] = {}
        for parameter in project.parameters.values():
            node = Node("parameter", parameter.name)
            self.nodes[node] = None
            self.types[node] = parameter.type.sql()
            self._connect(_parameters(parameter.default), node)
        for source in project.sources.values():
            self._add_relation(Node("source", source.name), ((f.name, f.type.sql()) for f in source.schema))
            for _, text in source.arguments:
                self._connect(_parameters(text), Node("source", source.name))
        for parameter in project.parameters.values():
            if parameter.filter is not None and parameter.filter[0] in project.sources:
                rows, column = Node("source", parameter.filter[0]), Node("source", *parameter.filter)
                self._connect(frozenset({(Node("parameter", parameter.name), "filter"), (column, "filter")}), rows)

    def add_view(self, view: BoundView) -> None:
        rows = Node("view", view.name)
        self._add_relation(rows, ((f.name, f.type.sql()) for f in view.schema))
        sources = {relation.name: relation.source for relation in view.relations}
        tracer = Tracer(lambda name: self._read(sources, name), self.aggregate_names)
        flow = _fitted(tracer.flow(view.tree, Scope()), view.schema.names)
        for name, found in flow.columns:
            self._connect(found, Node("view", view.name, name))
        self._connect(flow.rows | self._kept(view, flow, tracer), rows)
        for at, kind in sorted(flow.own):
            self.edges.setdefault((Node("view", view.name, flow.columns[at][0]), rows), set()).add(kind)
        self._drop(view, flow, tracer)

    def _kept(self, view: BoundView, flow: Flow, tracer: Tracer) -> Influences:
        """Return what decides which rows of the view's table stay when it is written again."""
        found = dependencies(view.replace_where, Scope((("", flow),)), tracer.flow, "filter")
        declared = view.materialized
        names = (*view.key, *(view.partition_by if declared is not None and declared.mode == "REPLACE PARTITIONS" else ()))
        for name in names:
            found |= marked(flow.column(name), "group")
        return found

    def _drop(self, view: BoundView, flow: Flow, tracer: Tracer) -> None:
        """Connect what decides which rows `ON VIOLATION DROP` leaves out: what conditions read, and the columns they name."""
        rows = Node("view", view.name)
        for one in view.expectations:
            if one.spec.on_violation != "DROP" or one.spec.condition is None:
                continue
            condition = parse_expression(one.spec.condition)
            self._connect(dependencies(condition, Scope((("", flow),)), tracer.flow, "filter"), rows)
            named = {str(column.name) for column in find_all(condition, exp.Column)}
            for name in view.schema.names:
                if name in named:
                    self.edges.setdefault((Node("view", view.name, name), rows), set()).add("filter")

    def _add_relation(self, rows: Node, columns: Iterable[tuple[str, str]]) -> None:
        self.nodes[rows] = None
        for name, type_ in columns:
            node = Node(rows.kind, rows.relation, name)
            self.nodes[node] = None
            self.types[node] = type_

    def _read(self, sources: dict[str, str], name: str) -> Flow:
        rows = Node("source", sources[name]) if name in sources else Node("view", name)
        schema = self.project.sources[sources[name]].schema if name in sources else self.project.views[name].schema
        columns: list[tuple[str, Influences]] = [(f.name, frozenset({(Node(rows.kind, rows.relation, f.name), "value")})) for f in schema]
        return Flow(tuple(columns), frozenset({(rows, "rows")}))

    def _connect(self, found: Influences, target: Node) -> None:
        for origin, kind in found:
            self.edges.setdefault((origin, target), set()).add(kind)

    def graph(self) -> LineageGraph:
        places = {node: at for at, node in enumerate(self.nodes)}
        kept = sorted(self.edges, key=lambda pair: (places[pair[1]], places[pair[0]]))
        edges = tuple(Edge(a, b, tuple(k for k in KINDS if k in self.edges[a, b])) for a, b in kept)
        return LineageGraph(tuple(self.nodes), edges, self.types)


def _parameters(text: str | None) -> Influences:
    """Return the parameters that a bound expression's text names."""
    if text is None or "PARAM" not in text:
        return NONE
    return frozenset((Node("parameter", str(one.name)), "value") for one in find_all(parse_expression(text), Param))


def _fitted(flow: Flow, names: tuple[str, ...]) -> Flow:
    """Return a flow under the names of the view's columns; where their number differs, everything goes to everything."""
    if len(flow.columns) == len(names):
        return flow.named(names)
    return Flow(tuple((name, flow.everything()) for name in names), flow.rows | marked(flow.everything(), "rows"), frozenset())
