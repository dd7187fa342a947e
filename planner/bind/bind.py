"""Owns `bind`: scripts → `Project`. Names, parameters, sources, functions, then views in graph order.

In: scripts, an engine, a lake, values that somebody gave. Out: a `Project` that holds every
diagnostic at once; views downstream of a failed one are still checked, without repeating its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from ...dialect.diagnostics import Label, Problems, error
from ...dialect.script import Script
from ...dialect.source import Source
from ...dialect.types import Schema
from ..graph import ViewGraph, build_graph
from ..ports import BuiltIn, Engine, Lake, TypeOracle
from ..project import BoundFunction, BoundView, Parameter, Project, frozen
from ..values import Provided, Value
from . import macros, names, parameters
from .causes import one_cause_each
from .context import Binding, Catalog
from .declared import bind_declared_sources
from .filters import bind_filter
from .sources import SourceTable
from .views import bind_view

NOWHERE = Source("<treadle>", "")


def bind(
    scripts: Sequence[Script],
    engine: Engine,
    lake: Lake,
    *,
    provided: Mapping[str, Provided] | None = None,
    frames: Mapping[str, Schema] | None = None,
) -> Project:
    """Return the bound project of some scripts.

    Args:
        scripts: parsed files; a script with a bare query makes it an ad hoc query, and then
            only what that query needs is bound.
        engine: plans against empty relations for types.
        lake: gives schemas of sources.
        provided: typed values by parameter name, the winning one each; a name that nobody
            declares becomes a parameter of its value's type (`$name` in ad hoc queries).
        frames: registered frames by name, as sources of kind `memory`.
    """
    problems = Problems()
    for script in scripts:
        problems.add(*script.diagnostics)
    declared = names.collect(scripts, problems)
    graph, wanted = _graph(declared, frames or {})
    with closing(engine.oracle()) as oracle:
        catalog = _catalog(declared, engine.built_ins(), oracle, lake, frames or {})
        project = _bind(catalog, declared, graph, wanted, provided or {}, frames or {}, problems)
    return replace(project, diagnostics=one_cause_each(scripts, project.diagnostics))


def _bind(
    catalog: Catalog,
    declared: names.Declarations,
    graph: ViewGraph,
    wanted: frozenset[str],
    provided: Mapping[str, Provided],
    frames: Mapping[str, Schema],
    problems: Problems,
) -> Project:
    origins = _parameters(catalog, declared, provided, problems)
    _functions(catalog, declared, problems)
    _sources(catalog, declared, wanted, frames, problems)
    _report_cycles(declared, graph, problems)
    views, failed = _views(catalog, declared, graph, wanted, problems)
    order = tuple(v for v in graph.order if v in views)
    return _project(catalog, declared, views, order, failed, origins, problems)


def _project(
    catalog: Catalog,
    declared: names.Declarations,
    views: Mapping[str, BoundView],
    order: tuple[str, ...],
    failed: set[str],
    origins: Mapping[str, str],
    problems: Problems,
) -> Project:
    return Project(
        views=frozen(views),
        sources=frozen(catalog.sources.bound),
        parameters=frozen({p.name: p for p in catalog.parameters.values()}),
        functions=frozen(_bound_functions(catalog)),
        order=order,
        values=frozen(catalog.values),
        diagnostics=tuple(problems),
        failed=tuple(sorted(failed)),
        unsupported=tuple(declared.others),
        origins=frozen(origins),
        declared=tuple(sorted(declared.views)),
    )


def _graph(declared: names.Declarations, frames: Mapping[str, Schema]) -> tuple[ViewGraph, frozenset[str]]:
    """Return the view graph, and the names that are to be bound."""
    relations = declared.relation_names(frames)
    reads: dict[str, list[str]] = {}
    touched: dict[str, list[str]] = {}
    for view, statement in declared.views.items():
        found: list[str] = []
        for table in names.tables_read(statement.query.tree):
            written = ".".join(str(table.args[k].this) for k in ("db", "this") if table.args.get(k) is not None)
            found.extend(relations.get(written.lower(), ()))
        touched[view] = found
        reads[view] = [f for f in found if f in declared.views]
    graph = build_graph(reads)
    if names.ADHOC in declared.views:
        wanted = graph.upstream([names.ADHOC])
        return graph, wanted | {s for v in wanted for s in touched[v]}
    return graph, frozenset((*declared.views, *declared.sources, *frames))


def _catalog(
    declared: names.Declarations, built_ins: Mapping[str, BuiltIn], oracle: TypeOracle, lake: Lake, frames: Mapping[str, Schema]
) -> Catalog:
    by_name: dict[str, Parameter] = {}
    values: dict[str, Value] = {}
    return Catalog(
        views={}, names=declared.relation_names(frames), macros={}, built_ins=built_ins, parameters=by_name, values=values,
        sources=SourceTable(lake, oracle, by_name, values), engine_oracle=oracle, refused_functions={},
    )  # fmt: skip


def _parameters(catalog: Catalog, declared: names.Declarations, provided: Mapping[str, Provided], problems: Problems) -> dict[str, str]:
    """Bind declarations, find values; return who provided each."""
    origins: dict[str, str] = {}
    catalog.failed_parameters.update(declared.broken.get("parameter", ()))
    rest = {n.lower(): n for n in provided}
    for statement in declared.parameters.values():
        binding = Binding(statement.name.text, statement.span.source, catalog)
        parameter = parameters.declare(binding, statement)
        name = rest.pop(parameter.name.lower(), None)
        given = provided[name] if name is not None else None
        value = parameters.default_value(binding, statement, parameter) if parameter.default is not None else None
        span = statement.default.span if statement.default else statement.name.span
        if given is not None:
            value, span = given.value, given.span or statement.name.span
        if value is not None and parameters.check_value(binding, parameter, value, span):
            catalog.values[parameter.name] = value
            origins[parameter.name] = given.origin if given is not None else "default"
        problems.add(*binding.problems)
        if binding.problems.errors:
            catalog.failed_parameters.add(parameter.name.lower())
    for name in rest.values():
        value = provided[name].value
        parameters.refuse_null_elements(name, value, problems)
        catalog.parameters[name.lower()] = Parameter(name, value.type, NOWHERE.span(0, 0))
        catalog.values[name] = value
        origins[name] = provided[name].origin
    return origins


def _functions(catalog: Catalog, declared: names.Declarations, problems: Problems) -> None:
    usable = {}
    for name, statement in declared.functions.items():
        refusal = macros.refusal_of(statement)
        if refusal is None:
            usable[name] = statement
        else:
            catalog.refused_functions[name] = refusal
            if names.ADHOC not in declared.views:
                problems.catch(refusal)  # called or not: a declaration that does nothing is never ignored
    catalog.failed_functions.update(declared.broken.get("function", ()))
    catalog.macros.update(macros.bind_macros(catalog, usable, problems))
    for name in usable:
        if name not in catalog.macros:
            catalog.failed_functions.add(name)


def _sources(
    catalog: Catalog, declared: names.Declarations, wanted: frozenset[str], frames: Mapping[str, Schema], problems: Problems
) -> None:
    for name, schema in frames.items():
        catalog.sources.frame(name, schema, NOWHERE.span(0, 0))
    bind_declared_sources(catalog, {n: s for n, s in declared.sources.items() if n in wanted}, problems)
    unread = {n.lower() for n in declared.sources if n not in wanted}
    for statement in declared.parameters.values():
        if statement.filter is not None and statement.filter.parts[0].text.lower() not in unread:
            bind_filter(catalog, statement, problems)


def _report_cycles(declared: names.Declarations, graph: ViewGraph, problems: Problems) -> None:
    for cycle in graph.cycles:
        if names.ADHOC in cycle:
            continue
        path = " → ".join(cycle)
        labels = []
        for reader, read in zip(cycle, cycle[1:], strict=False):
            place = _reference(declared, reader, read)
            if place is not None:
                labels.append(Label(place, f"`{reader}` reads `{read}` here"))
        at = labels[0].span if labels else names.view_span(declared.views[cycle[0]])
        problems.catch(
            error(
                "T2050",
                f"views read each other in a circle: {path}",
                at,
                labels=labels[1:],
                help="one of them must read a table or source instead",
            )
        )


def _reference(declared: names.Declarations, reader: str, read: str):  # type: ignore[no-untyped-def]
    statement = declared.views[reader]
    for table in names.tables_read(statement.query.tree):
        written = ".".join(str(table.args[k].this) for k in ("db", "this") if table.args.get(k) is not None)
        place = table.this.meta.get("span")
        if written.lower() == read.lower() and place:
            return statement.span.source.span(*place)
    return None


def _views(
    catalog: Catalog, declared: names.Declarations, graph: ViewGraph, wanted: frozenset[str], problems: Problems
) -> tuple[dict[str, BoundView], set[str]]:
    bound: dict[str, BoundView] = {}
    failed: set[str] = set()
    stuck = [v for v in sorted(declared.views) if v not in set(graph.order)]
    for lost in declared.broken.get("relation", {}).values():
        if lost not in declared.sources:
            catalog.views[lost] = None
    for name in stuck:
        catalog.views[name] = None
    for name in (*graph.order, *stuck):
        if name not in wanted:
            continue
        catalog.views.setdefault(name, None)
        made = bind_view(catalog, name, declared.views[name], problems)
        if made is None or name in stuck:
            failed.add(name)
            catalog.views[name] = None
        else:
            bound[name] = made
            catalog.views[name] = made.schema
            catalog.engine_oracle.declare(name, made.schema)
    return bound, failed


def _bound_functions(catalog: Catalog) -> dict[str, BoundFunction]:
    from ...dialect import to_sql

    found = {}
    for macro in catalog.macros.values():
        signature = macro.signature
        text = f"{signature.shown} RETURNS {macro.returns} RETURN {to_sql(macro.body)}"
        found[signature.name] = BoundFunction(
            signature.name, "scalar", f"{signature.shown} → {macro.returns}", text, macro.span, macro.comment
        )
    return found
