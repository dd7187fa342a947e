"""Owns `PlannedView` and `Views`: the views of a specification as planning rewrites them.

In: an `ExecutionSpec`. Out: bound trees by name, in topological order, with the text that
their places refer to. Rules return new ones; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlglot import exp

from ..dialect.diagnostics import Problems, TreadleError, error
from ..dialect.source import Source, Span
from ..dialect.types import Field, Schema
from ..dialect.walk import nodes
from .bundle import ScanOrigin
from .graph import build_graph
from .project import frozen
from .spec import ExecutionSpec, ViewSpec
from .trees import Reference, references

WAY_OUT = "specifications are made from a project; mend the SQL, or make it anew with `treadle spec`"
N = TypeVar("N", bound=exp.Expr)


@dataclass(frozen=True, slots=True)
class Beside:
    """A relation that is read beside another version of its table: files that both have are left out.

    Args:
        relation: its private name in a view's tree.
        other: that of the relation which reads the other version.
    """

    relation: str
    other: str


@dataclass(frozen=True, slots=True)
class PlannedView:
    """A view while it is planned.

    Args:
        spec: what the specification says of it.
        tree: its bound tree as rewritten so far; never changed in place.
        schema: output columns; fewer than the specification's once pruned.
        source: the text that places in the tree refer to.
        relations: its references to sources: private name to the source's name.
        references: every table in the tree that is no common table expression, in textual order.
        nodes: all nodes of the tree, breadth first, for rules to look through.
        staged: of the query of a constraint, its relations that are the output's own rows, and which of them.
        staged_schema: their columns.
        beside: its relations that are read beside another version of their table.
    """

    spec: ViewSpec
    tree: exp.Query
    schema: Schema
    source: Source
    relations: Mapping[str, str]
    references: tuple[Reference, ...]
    nodes: tuple[exp.Expr, ...]
    staged: Mapping[str, ScanOrigin] = field(default_factory=lambda: frozen({}))
    staged_schema: Schema = Schema(())
    beside: tuple[Beside, ...] = ()

    @property
    def name(self) -> str:
        """Return the view's real name."""
        return self.spec.name

    @property
    def place(self) -> Span:
        """Return where its query is written."""
        start, end = self.tree.meta.get("span") or (0, 0)
        return self.source.span(start, end)

    def rewritten(self, tree: exp.Query, schema: Schema | None = None) -> PlannedView:
        """Return the view with another tree, and other output columns where they changed."""
        return replace(self, tree=tree, schema=schema or self.schema, references=references(tree), nodes=tuple(nodes(tree)))

    def find_all(self, *kinds: type[N]) -> list[N]:
        """Return the nodes of some classes, breadth first."""
        return [node for node in self.nodes if isinstance(node, kinds)]

    def reads(self) -> Mapping[str, int]:
        """Return how often each other view is referenced in the text, by name."""
        counts: dict[str, int] = {}
        for one in self.references:
            if one.name not in self.relations:
                counts[one.name] = counts.get(one.name, 0) + 1
        return counts

    def paths(self) -> Mapping[str, int]:
        """Return how often the engine comes to each view or relation when it expands this view, by name."""
        counts: dict[str, int] = {}
        for one in self.references:
            counts[one.name] = counts.get(one.name, 0) + one.count
        return counts


@dataclass(frozen=True, slots=True)
class CheckView:
    """A view that is the query of a constraint: its own name, the output's view, the constraint's name."""

    name: str
    output: str
    constraint: str


@dataclass(frozen=True, slots=True)
class Views:
    """All views of a specification: by name, upstream first; `checks` are those that are queries of constraints."""

    by_name: Mapping[str, PlannedView]
    order: tuple[str, ...]
    outputs: tuple[str, ...] = field(default=())
    checks: tuple[CheckView, ...] = field(default=())

    def __getitem__(self, name: str) -> PlannedView:
        """Return a view by its real name."""
        return self.by_name[name]

    def in_order(self) -> tuple[PlannedView, ...]:
        """Return the views, upstream first."""
        return tuple(self.by_name[name] for name in self.order)

    def map(self, change: Callable[[PlannedView], PlannedView]) -> Views:
        """Return the views with each one changed by a function."""
        return replace(self, by_name=frozen({name: change(self.by_name[name]) for name in self.order}))


def load_views(spec: ExecutionSpec) -> Views:
    """Return the views of a specification with their trees, upstream first.

    Raises:
        TreadleError: T3012 when a view's SQL can't be read, a name is unknown or views read each other in a circle.
    """
    problems = Problems()
    found: dict[str, PlannedView] = {}
    for one in spec.views:
        try:
            found[one.name] = _load(spec, one)
        except TreadleError as problem:
            problems.catch(problem)
    problems.raise_if_errors()
    graph = build_graph({name: view.reads() for name, view in found.items()})
    for cycle in graph.cycles:
        message = f"views of the specification read each other in a circle: {' → '.join(f'`{n}`' for n in cycle)}"
        problems.catch(error("T3012", message, spec._places.get(cycle[0]), help=WAY_OUT))
    for view in found.values():
        _check_names(spec, view, found, problems)
    problems.raise_if_errors()
    return Views(frozen(found), graph.order, tuple(sorted(one.view for one in spec.outputs)))


def _load(spec: ExecutionSpec, view: ViewSpec) -> PlannedView:
    from ..dialect import parse_query, parse_type

    tree = spec._trees.get(view.sql)
    source = spec._sources.get(view.name) if tree is not None else None
    if tree is None or source is None:
        source = Source(f"<spec>/{view.name}.sql", view.sql)
        try:
            tree = parse_query(view.sql, source.name)
        except TreadleError as problem:
            message = f"the SQL of `{view.name}` can't be read: {problem.diagnostics[0].message}"
            raise error("T3012", message, spec._places.get(view.name), help=WAY_OUT) from problem
    fields = tuple(Field(name, parse_type(type), nullable) for name, type, nullable in view.columns)
    relations = {one.name: one.source for one in view.relations}
    return PlannedView(view, tree, Schema(fields), source, frozen(relations), references(tree), tuple(nodes(tree)))


def _check_names(spec: ExecutionSpec, view: PlannedView, views: Mapping[str, PlannedView], problems: Problems) -> None:
    sources, span = {one.name for one in spec.sources}, spec._places.get(view.name)
    for name, source in view.relations.items():
        if source not in sources:
            message = f"`{view.name}` reads the source `{source}` as `{name}`, which the specification lacks"
            problems.catch(error("T3012", message, span, help=WAY_OUT))
    for name in view.reads():
        if name not in views:
            message = f"`{view.name}` reads `{name}`, which is no view or relation of the specification"
            problems.catch(error("T3012", message, span, help=WAY_OUT))
