"""Owns `bind`: scripts → `Project`. Names, parameters, sources, functions, then views in graph order.

In: scripts, an engine, a lake, values that somebody gave. Out: a `Project` that holds every
diagnostic at once; views downstream of a failed one are still checked, without repeating its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from ...dialect.diagnostics import Diagnostic, Problems
from ...dialect.script import Script
from ...dialect.source import Source
from ...dialect.statements.maintenance import MaintenanceStatement
from ...dialect.types import Schema
from ..functions.packs import pack_functions, renamed
from ..functions.python import PythonModules
from ..known import unavailable
from ..ports import BuiltIn, Engine, Lake, TypeOracle
from ..project import BoundFunction, BoundView, Parameter, Project, frozen
from ..values import Provided, Value
from . import macros, names, parameters
from .causes import one_cause_each
from .constant_keys import constants_of
from .context import Binding, Catalog
from .declared import bind_declared_sources
from .engine_text import ANY_INSTANT
from .filters import bind_filter
from .python_functions import bind_python_function, bind_registered, is_python
from .references import References, references, report_cycles
from .repeatable import is_limited
from .sources import SourceTable
from .testing import bind_tests
from .views import bind_view

NOWHERE = Source("<treadle>", "")


def bind(
    scripts: Sequence[Script],
    engine: Engine,
    lake: Lake,
    *,
    provided: Mapping[str, Provided] | None = None,
    frames: Mapping[str, Schema] | None = None,
    tests: Mapping[str, Provided] | None = None,
    python: PythonModules | None = None,
    as_of: Value = ANY_INSTANT,
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
        tests: values that reach tests, by parameter name; None leaves tests unbound.
        python: finds the code of Python functions, and knows those that Python registered;
            without it code is not looked for.
        as_of: what `now()` is in the arguments of sources, whose columns are those that they have then.
    """
    problems = Problems()
    for script in scripts:
        problems.add(*script.diagnostics)
    declared = names.collect(scripts, problems)
    needs = references(declared, frames or {})
    with closing(engine.oracle()) as oracle:
        catalog = _catalog(declared, engine.built_ins(), oracle, lake, frames or {}, python, as_of)
        project = _bind(catalog, declared, needs, provided or {}, frames or {}, problems)
        if tests is not None:
            project = replace(project, tests=bind_tests(catalog, declared.tests, project, tests))
    return replace(project, diagnostics=one_cause_each(scripts, project.diagnostics))


def _bind(
    catalog: Catalog,
    declared: names.Declarations,
    needs: References,
    provided: Mapping[str, Provided],
    frames: Mapping[str, Schema],
    problems: Problems,
) -> Project:
    origins = _parameters(catalog, declared, provided, problems)
    _refused(catalog, declared, problems)
    for name in needs.first():
        _function(catalog, declared, name, problems)
    _sources(catalog, declared, needs.wanted, frames, problems)
    report_cycles(declared, needs.graph, problems)
    views, failed = _bodies(catalog, declared, needs, problems)
    order = tuple(v for v in needs.graph.order if v in views)
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
        origins=frozen(origins),
        declared=tuple(sorted(declared.views)),
    )


def _catalog(
    declared: names.Declarations,
    built_ins: Mapping[str, BuiltIn],
    oracle: TypeOracle,
    lake: Lake,
    frames: Mapping[str, Schema],
    python: PythonModules | None,
    as_of: Value,
) -> Catalog:
    by_name: dict[str, Parameter] = {}
    values: dict[str, Value] = {}
    return Catalog(
        views={}, names=declared.relation_names(frames), macros={}, built_ins=built_ins, parameters=by_name, values=values,
        sources=SourceTable(lake, oracle, by_name, values, as_of), engine_oracle=oracle,
        functions=declared.functions, overloads=declared.overloads, modules=python,
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
        if value is not None:
            catalog.defaults[parameter.name] = value
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


def _refused(catalog: Catalog, declared: names.Declarations, problems: Problems) -> None:
    """Refuse the statements that can't run yet, make registered functions known, and remember those that can't be read."""
    for statement in declared.others:
        if isinstance(statement, MaintenanceStatement) and names.ADHOC not in declared.views:
            problems.catch(unavailable("maintenance", statement.verb.lower(), statement.span))
    bind_registered(catalog, declared, problems)
    catalog.failed_functions.update(declared.broken.get("function", ()))


def _function(catalog: Catalog, declared: names.Declarations, name: str, problems: Problems) -> None:
    bind_one = bind_python_function if is_python(declared.functions[name]) else macros.bind_function
    statement = declared.functions[name]
    written = statement.name.text
    if written.lower() in pack_functions() or written.lower() in renamed():
        message = f"`{written}` hides treadle's own function of that name"
        problems.add(
            Diagnostic("T2135", message, statement.name.span, help="rename it, unless it is meant to stand for it", severity="warning")
        )
    bind_one(catalog, name, statement, problems)


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


def _bodies(catalog: Catalog, declared: names.Declarations, needs: References, problems: Problems) -> tuple[dict[str, BoundView], set[str]]:
    """Bind functions and views, each after what it needs; those in a circle are still checked."""
    bound: dict[str, BoundView] = {}
    failed: set[str] = set()
    stuck, endless = needs.stuck(declared)
    catalog.failed_functions.update(endless)
    for lost in declared.broken.get("relation", {}).values():
        if lost not in declared.sources:
            catalog.views[lost] = None
    for name in stuck:
        catalog.views[name] = None
    for view, function in (*needs.steps(), *((name, None) for name in stuck if name in needs.wanted)):
        if function is not None:
            _function(catalog, declared, function, problems)
        if view is None:
            continue
        catalog.views.setdefault(view, None)
        made = bind_view(catalog, view, declared.views[view], problems)
        if made is None or view in stuck:
            failed.add(view)
            catalog.views[view] = None
        else:
            bound[view] = made
            catalog.views[view] = made.schema
            if _is_unstable(catalog, made):
                catalog.unstable.add(view)
            catalog.constants[view] = constants_of(catalog, made.tree)
            catalog.engine_oracle.declare(view, made.schema)
    bound.update({name: replace(bound[name], volatile=True) for name in catalog.once & set(bound)})
    return bound, failed


def _is_unstable(catalog: Catalog, view: BoundView) -> bool:
    return view.volatile or is_limited(view.tree) or not catalog.unstable.isdisjoint(view.depends_on)


def _bound_functions(catalog: Catalog) -> dict[str, BoundFunction]:
    from ...dialect import to_sql

    found = {}
    for macro in catalog.macros.values():
        signature = macro.signature
        text = f"{signature.shown} RETURNS {macro.returns} RETURN {to_sql(macro.body)}"
        found[signature.key] = BoundFunction(
            signature.key, macro.flavour, f"{signature.shown} → {macro.returns}", text, macro.span, macro.comment
        )
    for table in catalog.tables.values():
        columns = table.columns or tuple((f.name, f.type) for f in table.schema or ())
        shown = f"{table.signature.shown} → TABLE" + (f" ({', '.join(f'{name} {type_}' for name, type_ in columns)})" if columns else "")
        found[table.signature.name] = BoundFunction(table.signature.name, "table", shown, table.sql, table.span, table.comment)
    for one in catalog.python.values():
        shown, name = f"{one.signature.shown} → {one.shown_returns}", one.signature.key
        found[name] = BoundFunction(name, one.flavour, shown, one.sql, one.span, one.comment, one.code)
    return found
