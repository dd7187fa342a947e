"""Owns the arrow project → spec: `specify` chooses outputs, pins sources and the clock, and says no more than they need.

In: a bound `Project`, the names of outputs, engine, lake, an instant, policies. Out: an
`ExecutionSpec`: the views, sources, functions and parameters upstream of the outputs, every
source fixed at one instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlglot import exp

from ..dialect import to_engine_sql, to_sql
from ..dialect.diagnostics import Problems, did_you_mean, error
from ..dialect.source import Span
from ..dialect.types import Schema
from .bind.names import ADHOC
from .checks import place_of
from .codec import to_json
from .homes import Homes
from .known import check_capabilities
from .last_run import call_of
from .literal import literal_sql
from .options import ViewOptions, view_options
from .outputs import check_outputs, check_reads, reads_written
from .pinning import pinned
from .policies import Policies
from .ports import Engine, Lake
from .project import BoundExpectation, BoundSource, BoundView, Project
from .resolve import clock_value, resolve_sources
from .spec import (
    CacheOverride,
    CachePolicy,
    ExecutionSpec,
    FunctionSpec,
    OutputSpec,
    ParameterSpec,
    RelationSpec,
    SourceSpec,
    ViewSpec,
)

Columns = tuple[tuple[str, str, bool], ...]


def specify(
    project: Project,
    *,
    outputs: Sequence[str],
    engine: Engine,
    lake: Lake,
    as_of: datetime,
    name: str = "adhoc",
    policies: Policies | None = None,
) -> ExecutionSpec:
    """Return the specification of a run.

    Args:
        project: bound, without errors.
        outputs: real names of views: a materialised one is written as it declares, the rows of
            any other are handed out.
        engine: evaluates constant arguments of sources and locations.
        lake: canonical locations, tables that are there, pins.
        as_of: the run clock, aware.
        name: the project's name.
        policies: rules, profile, caches and the like; the defaults without.

    Raises:
        CapabilityUnavailable: an output needs something that isn't there yet.
        TreadleError: T3006 for an unknown output, T3007 to T3009 for places that collide,
            T3017 for an option that doesn't fit, T3018 for a location that is no text, and
            what `resolve_sources` raises.
    """
    return _Specifier(project, engine, lake, as_of.astimezone(UTC), name, policies or Policies()).run(outputs)


def specify_sources(
    project: Project, *, outputs: Sequence[str], engine: Engine, lake: Lake, as_of: datetime, name: str, policies: Policies
) -> ExecutionSpec:
    """Return a specification that pins everything that a project reads, whether for an output or not; it is not to be run.

    Windows that start where the last run ended are pinned as far as one of the outputs, all materialised views, decides it.
    Arguments and errors as for `specify`.
    """
    return _Specifier(project, engine, lake, as_of.astimezone(UTC), name, policies).sources(outputs)


@dataclass(slots=True)
class _Specifier:
    """Collects what the outputs need."""

    project: Project
    engine: Engine
    lake: Lake
    as_of: datetime
    name: str
    policies: Policies
    places: dict[str, Span] = field(default_factory=dict)
    tables: dict[str, tuple[str, bool]] = field(default_factory=dict)
    options: dict[str, ViewOptions] = field(default_factory=dict)
    _homes: Homes | None = None

    def run(self, outputs: Sequence[str]) -> ExecutionSpec:
        self._require_views(outputs)
        closure = self._closure(outputs)
        spec = self._unpinned(outputs, closure)
        check_capabilities(spec)
        check_outputs(spec, self.lake)
        self.homes.check(spec)
        spec = self._by_path(pinned(spec, resolve_sources(spec, self.engine, self.lake, self.project.values), self.lake))
        check_reads(spec, self.lake)
        return spec

    def sources(self, outputs: Sequence[str]) -> ExecutionSpec:
        spec = self._unpinned(outputs, self._closure(outputs))
        found = {one.name: one for one in spec.sources if not one.view}
        rest = (_source(one) for name, one in self.project.sources.items() if name not in found)
        found |= {one.name: one for one in rest if call_of(one) is None}
        spec._places.update({name: self.project.sources[name].span for name in found})
        spec = spec.model_copy(update={"sources": tuple(found[name] for name in sorted(found))})
        return pinned(spec, resolve_sources(spec, self.engine, self.lake, self.project.values), self.lake)

    @property
    def homes(self) -> Homes:
        """Return where materialised views lie."""
        if self._homes is None:
            self._homes = Homes(self.project, self.policies.home, self.engine, self.lake, self.instant)
        return self._homes

    @property
    def instant(self) -> str:
        """Return the run clock as the specification writes it."""
        return instant(self.as_of)

    def _require_views(self, outputs: Sequence[str]) -> None:
        problems = Problems()
        for name in outputs:
            if name not in self.project.views:
                failed = name in self.project.failed
                help_line = "its own errors come first" if failed else did_you_mean(name, self.project.views)
                message = f"the view `{name}` has errors" if failed else f"there is no view `{name}`"
                problems.catch(error("T3006", message, help=help_line))
        problems.raise_if_errors()

    def _closure(self, outputs: Sequence[str]) -> tuple[BoundView, ...]:
        """Return the views to compute, upstream first; a materialised view beyond them is read where it has a table."""
        seen: set[str] = set()
        waiting = list(outputs)
        while waiting:
            view = self.project.views[waiting.pop()]
            if view.name in seen or view.name in self.tables:
                continue
            table = self.homes.table(view) if view.materialized is not None and view.name not in outputs else None
            if table is not None:
                self.tables[view.name] = table
                continue
            seen.add(view.name)
            waiting.extend((*view.depends_on, *(view.refers_to if view.name in outputs else ())))
        return tuple(self.project.views[name] for name in self.project.order if name in seen)

    def _unpinned(self, outputs: Sequence[str], closure: Sequence[BoundView]) -> ExecutionSpec:
        held_to = [one for name in outputs for one in self.project.views[name].expectations]
        names = sorted({one.source for view in closure for one in view.relations} | {str(e.spec.target) for e in held_to if e.source})
        bound = [self.project.sources[name] for name in names]
        views = tuple(self._view(view) for view in sorted(closure, key=lambda view: view.name))
        read = {name for view in closure for name in view.depends_on} | {str(e.spec.target) for e in held_to}
        sources = (*(_source(one) for one in bound), *(self._table(name) for name in sorted(self.tables) if name in read))
        made = tuple(self._output(self.project.views[name]) for name in sorted(set(outputs)))
        self.places |= {one.name: one.span for one in bound}
        users: tuple[BoundView | BoundExpectation, ...] = (*closure, *held_to)
        used = {name for one in users for name in one.functions}
        functions = tuple(self.project.functions[name] for name in sorted(used) if name in self.project.functions)
        self.places |= {f"{one.name}()": one.span for one in functions}
        p = self.policies
        spec = ExecutionSpec(
            project=self.name,
            environment=self.policies.home.environment,
            sources=tuple(sorted(sources, key=lambda one: one.name)),
            functions=tuple(FunctionSpec(name=f.name, flavour=f.flavour, sql=f.sql, python=f.python) for f in functions),
            typed_parameters=self._parameters(users, bound),
            views=views,
            outputs=made,
            rule_overlay=p.rule_overlay,
            planners=p.planners,
            runtime_profile=p.runtime_profile,
            inline_policy=p.inline_policy,
            cache_policy=self._cache(),
            maintenance=p.maintenance,
            tuner=p.tuner,
            capabilities=p.capabilities,
            as_of=self.instant,
            observe=p.observe,
        )
        return self._with_caches(spec, closure)

    def _with_caches(self, spec: ExecutionSpec, closure: Sequence[BoundView]) -> ExecutionSpec:
        texts = {one.name: one.sql for one in spec.views}
        spec._trees.update({texts[view.name]: view.tree for view in closure})
        spec._sources.update({view.name: view.statement.span.source for view in closure})
        spec._places.update(self.places)
        spec._secrets.update(
            {n: self.project.values[n] for n in (p.name for p in spec.typed_parameters if p.secret) if n in self.project.values}
        )
        return spec

    def _view(self, view: BoundView) -> ViewSpec:
        statement = view.materialized
        options = view_options(view)
        self.options[view.name] = options
        own = tuple(RelationSpec(name=one.name, source=one.source) for one in view.relations)
        tables = tuple(RelationSpec(name=name, source=name) for name in view.depends_on if name in self.tables)
        reads = [(name, count) for name, count in zip(view.depends_on, view.reads, strict=True) if name not in self.tables]
        return ViewSpec(
            name=view.name,
            sql=to_sql(view.tree),
            columns=_columns(view.schema),
            depends_on=tuple(name for name, _ in reads),
            reads=tuple(count for _, count in reads),
            relations=(*own, *tables),
            parameters=view.parameters,
            functions=view.functions,
            tags=getattr(view.statement, "tags", ()),
            comment=getattr(view.statement, "comment", None),
            volatile=view.volatile,
            materialized=statement is not None,
            location=self.homes.here(view) if statement is not None else None,
        )

    def _table(self, name: str) -> SourceSpec:
        view = self.project.views[name]
        location, deferred = self.tables[name]
        path = to_sql(exp.Literal.string(location))
        columns = _columns(view.schema)
        return SourceSpec(
            name=name, kind="delta", arguments={"path": path}, columns=columns, view=True, production_of=name if deferred else None
        )

    def _by_path(self, spec: ExecutionSpec) -> ExecutionSpec:
        """Return the specification with the sources marked that are tables of production, though read by path."""
        places = {pin.source: pin.location for pin in spec.pins}
        found = {one.name: self.homes.production_of(one, places[one.name]) for one in spec.sources}
        written = {one.view for one in spec.outputs if one.mode != "RESULT"}
        problems = Problems()
        for source in spec.sources:
            if found[source.name] in written:
                problems.catch(reads_written(spec, str(found[source.name]), source.name, source.declared))
        problems.raise_if_errors()
        if not any(found.values()):
            return spec
        marked = (one.model_copy(update={"production_of": found[one.name]}) if found[one.name] else one for one in spec.sources)
        return spec.model_copy(update={"sources": tuple(marked)})

    def _output(self, view: BoundView) -> OutputSpec:
        statement = view.materialized
        if statement is None:
            return OutputSpec(view=view.name)
        self.places[view.name] = self.homes.place(view)
        if statement.refresh_span is not None:
            self.places[f"{view.name}.refresh"] = statement.refresh_span
        if statement.primary_key is not None:
            self.places[f"{view.name}.key"] = statement.primary_key.span
        self.places |= {place_of(view.name, one.spec.name): one.span for one in view.expectations}
        options = self.options[view.name]
        made = OutputSpec(
            view=view.name,
            mode=statement.mode,
            location=self.homes.here(view),
            partition_by=view.partition_by,
            replace_where=self._condition(view),
            key=view.key,
            key_checked=statement.primary_key is not None and statement.primary_key.checked,
            expectations=tuple(one.spec for one in view.expectations),
            refresh=statement.refresh or "AUTO",  # type: ignore[arg-type]
            metadata=dict(self.policies.metadata),
        )
        return made.model_copy(update=dict(options.output()))

    def _condition(self, view: BoundView) -> str | None:
        from ..dialect.nodes import Param

        if view.replace_where is None:
            return None
        values = self.project.values
        texts = {n: f"({literal_sql(values[n])})" for n in {str(one.this.this) for one in view.replace_where.find_all(Param)}}
        return to_engine_sql(view.replace_where, texts, f"({literal_sql(clock_value(self.instant))})")

    def _is_unknown(self, view: str) -> bool:
        """Say whether a policy names a view that the project lacks; an ad hoc query sees a part of it only."""
        return ADHOC not in self.project.declared and view not in self.project.declared

    def _cache(self) -> CachePolicy:
        """Return the cache policy with what views say of themselves; the policy's own overrides win."""
        policy = self.policies.cache_policy
        named = {one.view for one in policy.overrides}
        own = ((name, o.cache) for name, o in sorted(self.options.items()) if name not in named)
        said = tuple(CacheOverride(view=name, policy=cache) for name, cache in own if cache is not None)
        kept = tuple(one for one in policy.overrides if one.view in self.options or self._is_unknown(one.view))
        return policy.model_copy(update={"overrides": (*kept, *said)})

    def _parameters(self, users: Sequence[BoundView | BoundExpectation], sources: Sequence[BoundSource]) -> tuple[ParameterSpec, ...]:
        used = {name for one in users for name in one.parameters}
        read = {one.name for one in sources}
        used |= {p.name for p in self.project.parameters.values() if p.filter is not None and p.filter[0] in read}
        used |= {name for one in sources for name in self._named(one)}
        return tuple(self._parameter(name) for name in sorted(used))

    def _named(self, source: BoundSource) -> tuple[str, ...]:
        from ..dialect import parse_expression
        from ..dialect.nodes import Param

        trees = (parse_expression(sql, "<argument>") for _, sql in source.arguments)
        return tuple(str(node.this.this) for tree in trees for node in tree.find_all(Param))

    def _parameter(self, name: str) -> ParameterSpec:
        parameter = self.project.parameters[name]
        value = self.project.values.get(name)
        if value is None:
            raise error("T3019", f"the parameter `{name}` has no value", parameter.span, help=f"give it one: -p {name}=…")
        return ParameterSpec(
            name=name,
            type=parameter.type.sql(),
            value=None if parameter.secret else to_json(value),
            secret=parameter.secret,
            default=None if parameter.secret else parameter.default,
            check=parameter.check,
            not_null=parameter.not_null,
            filter=parameter.filter,
            provided_by=self.project.origins.get(name, "default"),  # type: ignore[arg-type]
        )


def instant(moment: datetime) -> str:
    """Return an aware moment as a specification writes its run clock: microseconds, UTC, whatever the machine's zone."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _columns(schema: Schema) -> Columns:
    return tuple((f.name, f.type.sql(), f.nullable) for f in schema)


def _source(source: BoundSource) -> SourceSpec:
    return SourceSpec(
        name=source.name, kind=source.kind, arguments=dict(source.arguments), columns=_columns(source.schema), declared=source.declared
    )
