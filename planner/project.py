"""Owns `Project`: every view bound and typed, the graph, the declarations; what scripts become.

In: scripts. Out: frozen bound views whose trees name every column fully, from which a
specification is made (`specify.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlglot import exp

from ..dialect.diagnostics import Diagnostic
from ..dialect.source import Span
from ..dialect.statements.base import Statement
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.types import DataType, Schema
from .ports import SourceKind
from .spec import ExpectationSpec, PythonCode
from .values import Value

if TYPE_CHECKING:
    from .testing import BoundTest

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter; `check` and `default` are bound engine SQL, None when absent.

    `check` refers to the value as `PARAM name`. `filter` is (source name, column name).
    """

    name: str
    type: DataType
    span: Span
    default: str | None = None
    check: str | None = None
    not_null: bool = False
    secret: bool = False
    filter: tuple[str, str] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of age: (months, days, nanoseconds), and where it is said."""

    interval: tuple[int, int, int]
    span: Span


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh a source must be; `loaded_at` is the column that tells, None for commit or file times."""

    warn_after: Limit | None = None
    error_after: Limit | None = None
    loaded_at: str | None = None


@dataclass(frozen=True, slots=True)
class BoundSource:
    """Something outside that views read: a declared source, a table function's call, a path in FROM.

    Args:
        name: the declared name, or the call's canonical text with every argument named
            (`read_delta('lake/flights', version => 3)`), under which equal calls are one source.
        kind: what is read.
        arguments: bound SQL of constant expressions by argument name; `path` is the
            location; may contain `PARAM name`.
        schema: its columns when it was bound.
        span: where it is declared or first used.
        declared: whether a `CREATE SOURCE` names it.
        freshness: how fresh it must be, None where nobody says.
    """

    name: str
    kind: SourceKind
    arguments: tuple[tuple[str, str], ...]
    schema: Schema
    span: Span
    declared: bool = False
    freshness: Freshness | None = None


@dataclass(frozen=True, slots=True)
class BoundRelation:
    """One reference to a source inside a view, under its private name `view#n` in the bound tree."""

    name: str
    source: str
    span: Span


@dataclass(frozen=True, slots=True)
class BoundExpectation:
    """A constraint of a materialised view after binding.

    Args:
        spec: what the specification says of it; `condition` is bound SQL.
        span: where it stands.
        parameters: parameters in its condition, sorted.
        functions: project functions in its condition, sorted.
        source: whether its target is a source and no view.
    """

    spec: ExpectationSpec
    span: Span
    parameters: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    source: bool = False


@dataclass(frozen=True, slots=True)
class BoundView:
    """A view after binding.

    Args:
        name: real name, with its qualification if it has one.
        tree: bound tree: columns qualified and quoted, stars expanded, macros inlined,
            named arguments placed; tables are other views (real name) or relations
            (`view#n`), always aliased; parameters are `dialect.sql.Param` nodes; the
            run's clock is `dialect.sql.Clock`. Never mutate; copy first.
        schema: output columns from the engine.
        depends_on: views it reads, sorted; a view read twice stands once.
        reads: how often each of those is referenced, same order.
        relations: its references to sources, in textual order.
        parameters: names of parameters it uses itself, sorted.
        statement: what it was declared by (`QueryStatement` for an ad hoc query).
        functions: project functions used, sorted.
        volatile: whether it has to be computed once where it is read twice: it calls a volatile function itself, or a reader
            needs the same rows of it that LIMIT or ties might choose otherwise.
        partition_by: partition columns of its table, by real name.
        key: primary key columns, by real name.
        replace_where: bound condition of `REPLACE WHERE` over its output columns.
        expectations: its constraints, in the order in which they are written.
    """

    name: str
    tree: exp.Query
    schema: Schema
    depends_on: tuple[str, ...]
    reads: tuple[int, ...]
    relations: tuple[BoundRelation, ...]
    parameters: tuple[str, ...]
    statement: Statement
    functions: tuple[str, ...] = ()
    volatile: bool = False
    partition_by: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    replace_where: exp.Expr | None = None
    expectations: tuple[BoundExpectation, ...] = ()

    @property
    def materialized(self) -> MaterializedViewStatement | None:
        """Return the declaration when this view is materialised."""
        return self.statement if isinstance(self.statement, MaterializedViewStatement) else None

    @property
    def refers_to(self) -> tuple[str, ...]:
        """Return the other views that its constraints refer to, sorted."""
        return tuple(sorted({e.spec.target for e in self.expectations if e.spec.target and not e.source} - {self.name}))


@dataclass(frozen=True, slots=True)
class BoundFunction:
    """A function of the project, for digests and display; `sql` is its canonical definition, `python` its code if it has any."""

    name: str
    flavour: Literal["scalar", "aggregate", "window", "table"]
    signature: str
    sql: str
    span: Span
    comment: str | None = None
    python: PythonCode | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """All that binding found out; `diagnostics` holds errors and warnings, all of them.

    `order` is the one topological order of view names (names break ties); views whose
    binding failed are in `failed`, not in `views`. `origins` says who gave each value;
    `declared` names every view of the project, also those that an ad hoc query does not need and so were not bound.
    `tests` are there when they were asked for; each has its own diagnostics.
    """

    views: Mapping[str, BoundView]
    sources: Mapping[str, BoundSource]
    parameters: Mapping[str, Parameter]
    functions: Mapping[str, BoundFunction]
    order: tuple[str, ...]
    values: Mapping[str, Value]
    diagnostics: tuple[Diagnostic, ...]
    failed: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    tests: tuple[BoundTest, ...] = ()


def frozen(mapping: Mapping[K, V]) -> Mapping[K, V]:
    """Return a read-only view of a mapping."""
    return MappingProxyType(dict(mapping))
