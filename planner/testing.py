"""Owns bound tests, and the projects that one is run as: its rows written out, and its view over stand-ins.

In: a bound `Project` and a `BoundTest`. Out: projects of a few views that are specified, planned
and run like any other. Sources become tables in memory, and so do the views that are given; every
other view upstream is computed as it stands, whatever tables of it there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from ..dialect import parse_query, to_sql
from ..dialect.diagnostics import Diagnostic
from ..dialect.source import Source, Span
from ..dialect.statements.base import Location, Query
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.statements.query import QueryStatement
from ..dialect.statements.test import TestStatement
from ..dialect.statements.view import ViewStatement
from ..dialect.types import Schema, quote
from .graph import build_graph
from .project import BoundRelation, BoundSource, BoundView, Project, frozen
from .values import Value

EXPECTED = "EXPECT"
"""The view of the rows that a test expects."""


@dataclass(frozen=True, slots=True)
class BoundRows:
    """Rows that a test writes out.

    Args:
        relation: real name of the view or source that they stand in for, or are expected of.
        view: their query, bound, under a name of its own.
        columns: real names of the relation's columns that the query gives, in its order.
        schema: the relation's columns, all of them.
        query: the query as it is written.
    """

    relation: str
    view: BoundView
    columns: tuple[str, ...]
    schema: Schema
    query: Query

    @property
    def span(self) -> Span:
        """Return where the query stands."""
        return self.query.span

    def cell(self, row: int, column: int) -> Span:
        """Return where a value stands when the query is plain VALUES, else where the query does."""
        rows = value_rows(self.query.tree) or ()
        place = rows[row][column].meta.get("span") if row < len(rows) and column < len(rows[row]) else None
        return self.span.source.span(*place) if place else self.span


@dataclass(frozen=True, slots=True)
class BoundTest:
    """A test after binding.

    Args:
        name: as it is declared.
        target: real name of the view that is tested.
        statement: its declaration.
        values: of all parameters that have one in this test, by name.
        origins: who gave each of them.
        as_of: the instant that `WITH (as_of => …)` sets, or None.
        given: rows that stand in for sources and views.
        expected: rows that are expected, or None.
        error: the code that is expected instead, or None.
        series: calls of `generate_series` in the rows, by name.
        refusal: what was found when values were checked, and is the very error that is expected.
        diagnostics: what is wrong with the test itself; with an error among it the test can't run.
    """

    name: str
    target: str
    statement: TestStatement
    values: Mapping[str, Value] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    as_of: Value | None = None
    given: tuple[BoundRows, ...] = ()
    expected: BoundRows | None = None
    error: str | None = None
    series: Mapping[str, BoundSource] = field(default_factory=dict)
    refusal: tuple[Diagnostic, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def materialises(self) -> bool:
        """Say whether the view is written too, into a table that is thrown away: an error that is expected may be one of that."""
        return self.error is not None

    @property
    def rows(self) -> tuple[BoundRows, ...]:
        """Return everything that the test writes out, expected rows last."""
        return self.given if self.expected is None else (*self.given, self.expected)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a view is computed from: the views that are computed, upstream first, and the sources that they read."""

    views: tuple[str, ...]
    sources: frozenset[str]


def reach(project: Project, target: str, given: frozenset[str] = frozenset(), *, held: bool = False) -> Reach:
    """Return what computing a view reaches when some views and sources are given; given ones are reached, not computed.

    Args:
        project: bound.
        target: the view.
        given: names that stand for themselves.
        held: whether its constraints are proved too, and what they refer to is needed.
    """
    graph = build_graph({name: () if name in given else view.depends_on for name, view in project.views.items()})
    view = project.views[target]
    upstream = graph.upstream([target, *(view.refers_to if held else ())])
    computed = tuple(name for name in project.order if name in upstream)
    read = {one.source for name in computed if name not in given for one in project.views[name].relations}
    return Reach(computed, frozenset(read | ({str(one.spec.target) for one in view.expectations if one.source} if held else set())))


def value_rows(tree: exp.Expr) -> tuple[tuple[exp.Expr, ...], ...] | None:
    """Return the rows of a query that is `VALUES (…), (…)` and nothing else, None for any other."""
    if isinstance(tree, exp.Select):  # how a bare VALUES is read: SELECT * FROM it
        said = {name for name, value in tree.args.items() if value}
        from_ = tree.args.get("from_")
        star = tree.expressions[0] if len(tree.expressions) == 1 else None
        bare = said == {"expressions", "from_"} and isinstance(star, exp.Star) and not star.meta.get("span")
        tree = from_.this if bare and from_ is not None else tree
    if not isinstance(tree, exp.Values):
        return None
    return tuple(tuple(row.expressions) if isinstance(row, exp.Tuple) else (row,) for row in tree.expressions)


def written_out(project: Project, test: BoundTest) -> Project:
    """Return the project of a test's rows: one view for each clause, which reads nothing that lies anywhere."""
    views = {one.view.name: one.view for one in test.rows}
    return replace(
        project,
        views=frozen(views),
        sources=test.series,
        order=tuple(views),
        values=test.values,
        origins=test.origins,
        diagnostics=(),
        declared=project.declared,
    )


def over_stand_ins(project: Project, test: BoundTest, table: str | None = None) -> Project:
    """Return the project in which a test's view is computed: every source, and every given view, is a table in memory.

    The tables have the names of what they stand in for, and its columns, none of which is NOT NULL.

    Args:
        project: bound.
        test: one of its tests.
        table: where the view is written, if it is.
    """
    given = {one.relation for one in test.given}
    reached = reach(project, test.target, frozenset(given), held=test.materialises)
    views = {name: _given_view(project.views[name]) if name in given else _plain(project.views[name]) for name in reached.views}
    if table is not None:
        views[test.target] = _written_to(project.views[test.target], table)
    named = {name: _in_memory(name, project.sources[name].schema, project.sources[name].span) for name in reached.sources}
    made = {name: _in_memory(name, view.schema, view.statement.span) for name, view in views.items() if name in given}
    return replace(
        project,
        views=frozen(views),
        sources=frozen({**_series(project, reached), **{n: s for n, s in named.items() if not _is_series(project, n)}, **made}),
        order=reached.views,
        values=test.values,
        origins=test.origins,
        diagnostics=(),
        declared=project.declared,
    )


def stand_ins(project: Project, test: BoundTest) -> Iterator[tuple[str, Schema]]:
    """Yield the name and the columns of every table that `over_stand_ins` reads from memory."""
    for name, source in over_stand_ins(project, test).sources.items():
        if source.kind == "memory":
            yield name, source.schema


def _is_series(project: Project, name: str) -> bool:
    return project.sources[name].kind == "series"


def _series(project: Project, reached: Reach) -> dict[str, BoundSource]:
    """Return the sources that stay as they are, since they read nothing: series of numbers."""
    return {name: project.sources[name] for name in reached.sources if _is_series(project, name)}


def _in_memory(name: str, schema: Schema, span: Span) -> BoundSource:
    path = to_sql(exp.Literal.string(name))
    return BoundSource(name, "memory", (("path", path),), nullable(schema), span, declared=True)


def nullable(schema: Schema) -> Schema:
    """Return columns that may all be null, since a test leaves out what it does not care for."""
    return Schema(tuple(replace(one, nullable=True) for one in schema))


def _plain(view: BoundView) -> BoundView:
    """Return a view as one that is computed where it is used, without a table."""
    statement = view.statement
    if isinstance(statement, MaterializedViewStatement):
        statement = ViewStatement(statement.span, statement.name, statement.query, statement.comment, statement.tags)
    plain = replace(view, schema=nullable(view.schema), statement=statement, partition_by=(), key=())
    return replace(plain, replace_where=None, expectations=())


def _written_to(view: BoundView, table: str) -> BoundView:
    """Return a materialised view that is written to another place, under the same constraints."""
    statement = view.materialized
    assert statement is not None
    place = Location(exp.Literal.string(table), statement.location.span)
    return replace(view, schema=nullable(view.schema), statement=replace(statement, location=place))


def _given_view(view: BoundView) -> BoundView:
    """Return a view that hands on the rows of the table in memory that has its name."""
    table, alias = f"{view.name}#1", quote(view.name)
    columns = ", ".join(f"{alias}.{quote(one.name)} AS {quote(one.name)}" for one in view.schema)
    source = Source(f"<given {view.name}>", f"SELECT {columns} FROM {quote(table)} AS {alias}")
    span = source.span(0, len(source.text))
    tree = parse_query(source.text, source.name)
    return replace(
        _plain(view),
        tree=tree,
        depends_on=(),
        reads=(),
        relations=(BoundRelation(table, view.name, span),),
        parameters=(),
        functions=(),
        volatile=False,
        statement=QueryStatement(span, Query(tree, span)),
    )
