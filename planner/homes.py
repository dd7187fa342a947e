"""Owns where the tables of materialised views lie: as declared, or rehomed by an environment with a lake of its own.

In: views, an environment's `Home`. Out: locations relative to the project's root, and the
refusals of environments that would write to production's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sqlglot import exp

from ..dialect import to_sql
from ..dialect.diagnostics import Label, Problems, TreadleError, did_you_mean, error
from ..dialect.source import Span
from ..dialect.statements.base import Location
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.types import VARCHAR
from .outputs import over_source, overlap, two_in_one_place
from .ports import VERSIONED, Engine, Lake, SourceRef
from .project import BoundView, Project, frozen
from .resolve import NO_TABLE, PLACELESS, evaluate, placed
from .spec import ExecutionSpec, SourceSpec


@dataclass(frozen=True, slots=True)
class Home:
    """What an environment says of tables.

    Args:
        environment: its name, None without one.
        lake: folder of its own for all tables of the project, relative to the root; None when tables stay where they are.
        production: folder of the project's tables, whose tail is kept below `lake`.
        defer: whether what isn't built here is read from production.
        locations: a location in place of the declared one, by lower-case view name.
        span: where the lake is said.
    """

    environment: str | None = None
    lake: str | None = None
    production: str = "lake"
    defer: bool = False
    locations: Mapping[str, Location] = field(default_factory=lambda: frozen({}))
    span: Span | None = None


@dataclass(slots=True)
class Homes:
    """Locations of one project's materialised views in one environment; each is found once."""

    project: Project
    home: Home
    engine: Engine
    lake: Lake
    instant: str
    _here: dict[str, str] = field(default_factory=dict)
    _declared: dict[str, str] = field(default_factory=dict)

    def here(self, view: BoundView) -> str:
        """Return where a view's table is in this environment, relative to the root where inside it; raises T3018, T3030."""
        if view.name not in self._here:
            self._here[view.name] = self._found(view)
        return self._here[view.name]

    def declared(self, view: BoundView) -> str:
        """Return where a view's table is in production; raises T3018."""
        if view.name not in self._declared:
            self._declared[view.name] = self._evaluated(view, statement_of(view).location)
        return self._declared[view.name]

    def place(self, view: BoundView) -> Span:
        """Return where a view's location is said: in its statement, or in an environment's table."""
        return self._own(view).span

    def table(self, view: BoundView) -> tuple[str, bool] | None:
        """Return the location of the table to read for a view, and whether it is production's; None when there is none."""
        if self._has_table(view, self.here(view)):
            return self.here(view), False
        if self.home.defer and self.declared(view) != self.here(view) and self._has_table(view, self.declared(view)):
            return self.declared(view), True
        return None

    def _own(self, view: BoundView) -> Location:
        return self.home.locations.get(view.name.lower()) or statement_of(view).location

    def _found(self, view: BoundView) -> str:
        own = self._evaluated(view, self._own(view))
        if self.home.lake is None:
            return own
        folder = self.lake.canonical(self.home.lake)
        named = view.name.lower() in self.home.locations
        if not named and _outside(own):
            message = f"`{view.name}` is written to `{own}`, outside of the project, so it has no place in the lake of this environment"
            raise error("T3030", message, self.place(view), labels=self._labels(), help=self._way_out(view))
        place = self.lake.canonical(own if named else f"{self.home.lake}/{_tail(own, self.home.production)}")
        if not place.startswith(f"{folder}/"):
            message = f"`{view.name}` would be written to `{self.lake.portable(place)}`, outside of `{self.home.lake}`"
            raise error("T3030", message, self.place(view), labels=self._labels(), help=self._way_out(view))
        return self.lake.portable(place)

    def _labels(self) -> tuple[Label, ...]:
        return (Label(self.home.span, f"the environment `{self.home.environment}` keeps its tables here"),) if self.home.span else ()

    def _way_out(self, view: BoundView) -> str:
        tail = view.name.replace(".", "/")
        return f'say where below it: `[env.{self.home.environment}.locations]` with `{view.name} = "{self.home.lake}/{tail}"`'

    def _has_table(self, view: BoundView, location: str) -> bool:
        try:
            self.lake.schema(SourceRef("delta", self.lake.canonical(location)))
        except TreadleError as problem:
            if all(one.code in NO_TABLE for one in problem.diagnostics):
                return False
            raise placed(problem, self.place(view)) from problem
        return True

    def _evaluated(self, view: BoundView, location: Location) -> str:
        tree = self._real_names(location.value, location.span)
        value = evaluate(to_sql(tree), self.instant, self.engine, self.project.values, location.span)
        if value.type != VARCHAR or not value.value:
            found = "null" if value.value is None else f"of type {value.type}" if value.type != VARCHAR else "empty"
            raise error("T3018", f"the location of `{view.name}` is {found}", location.span, help="write a text such as 'lake/name'")
        try:
            return self.lake.portable(self.lake.canonical(str(value.value)))
        except TreadleError as problem:
            raise placed(problem, location.span) from problem

    def _real_names(self, tree: exp.Expr, span: Span) -> exp.Expr:
        """Return a location with its parameters under their real names; a SECRET can't be in one."""
        from ..dialect.nodes import Param

        tree = tree.copy()
        known = {name.lower(): parameter for name, parameter in self.project.parameters.items()}
        for node in tree.find_all(Param):
            parameter = known.get(str(node.this.this).lower())
            if parameter is None or parameter.name not in self.project.values:
                help_line = did_you_mean(str(node.this.this), self.project.parameters)
                raise error("T3018", f"the parameter `{node.this.this}` in the location has no value", span, help=help_line)
            if parameter.secret:
                raise error("T3018", f"the SECRET `{parameter.name}` can't be in a location, which receipts name", span)
            node.this.set("this", parameter.name)
        return tree

    def check(self, spec: ExecutionSpec) -> None:
        """Refuse what a run may not write over, selected or not.

        Raises:
            TreadleError: T3007 for a place where another view's table is declared to be, T3008
                for one of a declared source, T3031 for a lake that holds production's tables.
        """
        problems = Problems()
        written = {one.view: one.location for one in spec.outputs if one.mode != "RESULT" and one.location is not None}
        for name, view in sorted(self.project.views.items()):
            if view.materialized is None or not written:
                continue
            if self.home.lake is not None:
                self._check_production(view, problems)
            if name not in written:
                self._check_other(spec, view, written, problems)
        self._check_sources(spec, written, problems)
        problems.raise_if_errors()

    def _check_production(self, view: BoundView, problems: Problems) -> None:
        """Refuse a lake that holds a table of production, or lies inside one."""
        if any(one.code == "T3031" for one in problems.errors):
            return  # one cause, one error
        production = self.declared(view)
        if overlap(self.lake.canonical(str(self.home.lake)), self.lake.canonical(production)):
            message = (
                f"the environment `{self.home.environment}` keeps its tables in `{self.home.lake}`, where production's `{view.name}` is"
            )
            labels = (Label(statement_of(view).location.span, f"`{view.name}` is written here in production"),)
            help_line = f'give it a folder of its own, such as `lake = "lake-{self.home.environment}"`'
            problems.catch(error("T3031", message, self.home.span, labels=labels, help=help_line))

    def _check_other(self, spec: ExecutionSpec, view: BoundView, written: Mapping[str, str], problems: Problems) -> None:
        place = self.lake.canonical(self.here(view))
        spec._places[view.name] = self.place(view)
        for output, location in written.items():
            if overlap(self.lake.canonical(location), place):
                problems.catch(two_in_one_place(spec, output, view.name, location))

    def _check_sources(self, spec: ExecutionSpec, written: Mapping[str, str], problems: Problems) -> None:
        """Refuse to write over a source that the project declares, though none of the outputs reads it."""
        read = {one.name for one in spec.sources}
        for source in self.project.sources.values() if written else ():
            if not source.declared or source.name in read or source.kind in PLACELESS:
                continue
            path = evaluate(dict(source.arguments)["path"], spec.as_of, self.engine, self.project.values, source.span).value
            for output, location in written.items():
                if overlap(self.lake.canonical(location), self.lake.canonical(str(path))):
                    problems.catch(over_source(spec, output, source.name, source.span))

    def production_of(self, source: SourceSpec, location: str) -> str | None:
        """Return the view whose production table a path is, where this environment keeps the view's table elsewhere."""
        if self.home.environment is None or source.view or source.kind not in VERSIONED:
            return None
        place = self.lake.canonical(location)
        for name, view in sorted(self.project.views.items()):
            if view.materialized is not None and self.declared(view) != self.here(view):
                if self.lake.canonical(self.declared(view)) == place:
                    return name
        return None


def statement_of(view: BoundView) -> MaterializedViewStatement:
    """Return the declaration of a materialised view."""
    statement = view.materialized
    assert statement is not None, "only materialised views have tables"
    return statement


def _outside(location: str) -> bool:
    return location.startswith(("/", "../")) or "://" in location or location[1:2] == ":"


def _tail(location: str, production: str) -> str:
    """Return what of a location is kept in another lake: all of it but the folder of the project's tables.

    >>> _tail("lake/daily/late", "lake"), _tail("out/late", "lake")
    ('daily/late', 'out/late')
    """
    path, folder = PurePosixPath(location), PurePosixPath(production)
    return str(path.relative_to(folder)) if folder in path.parents else str(path)
