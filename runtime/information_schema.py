"""Owns `information_schema`: a project's views, sources, columns, functions and parameters as tables that queries read.

In: a bound project and the frames beside it. Out: one Arrow table a name. The columns are those
of the SQL standard where it has them (ISO/IEC 9075-11); there is one catalogue and no default
schema, so `table_schema` is null for a name without qualification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from ..dialect.types import Schema
from ..planner.bind.names import tables_read
from ..planner.project import BoundView, Project

if TYPE_CHECKING:
    from ..dialect.script import Script

SCHEMA = "information_schema"

Row = tuple[object, ...]
Frames = Mapping[str, Schema]

TEXT, NUMBER, FLAG = pa.string(), pa.int64(), pa.bool_()


def is_asked(script: Script) -> bool:
    """Say whether a query reads a table of `information_schema`."""
    queries = (getattr(one, "query", None) for one in script.statements)
    names = [str(table.args["db"].this).lower() for q in queries if q is not None for table in tables_read(q.tree) if table.args.get("db")]
    described = (getattr(one, "name", None) for one in script.statements)
    return SCHEMA in names or any(one is not None and one.text.lower().startswith(f"{SCHEMA}.") for one in described)


def is_own(name: str) -> bool:
    """Say whether a frame's name is one of these tables."""
    return name.startswith(f"{SCHEMA}.")


def information_schema(project: Project, frames: Frames) -> dict[str, pa.Table]:
    """Return all tables by their qualified names.

    Args:
        project: bound; what failed in it is not told.
        frames: frames that Python registered, by name.
    """
    own = {name: schema for name, schema in frames.items() if not is_own(name)}
    return {f"{SCHEMA}.{name}": _table(columns, list(rows(project, own))) for name, (columns, rows) in _TABLES.items()}


def _table(columns: Mapping[str, pa.DataType], rows: Sequence[Row]) -> pa.Table:
    schema = pa.schema(list(columns.items()))
    return pa.table([pa.array([row[at] for row in rows], kind) for at, kind in enumerate(columns.values())], schema)


def _tables(project: Project, frames: Frames) -> Iterator[Row]:
    for name, kind, comment, _ in _relations(project, frames):
        view = project.views.get(name)
        location = None if view is None or view.materialized is None else view.materialized.location.span.text.strip("'")
        yield (*_names(name), kind, comment, location)


def _columns(project: Project, frames: Frames) -> Iterator[Row]:
    for name, _, _, schema in _relations(project, frames):
        for at, field in enumerate(schema, 1):
            yield (*_names(name), field.name, at, "YES" if field.nullable else "NO", field.type.sql())


def _views(project: Project, frames: Frames) -> Iterator[Row]:
    for name in project.order:
        view = project.views[name]
        yield (*_names(name), _definition(view), view.materialized is not None, sorted(view.depends_on), _sources(view))


def _routines(project: Project, frames: Frames) -> Iterator[Row]:
    for name, one in sorted(project.functions.items()):
        yield (*_names(name), "FUNCTION", one.flavour, one.signature, one.span.text, one.comment)


def _parameters(project: Project, frames: Frames) -> Iterator[Row]:
    for name, one in sorted(project.parameters.items()):
        default = None if one.secret else one.default
        nullable = "NO" if one.not_null else "YES"
        yield name, one.type.sql(), default, nullable, one.check, one.secret, project.origins.get(name), one.comment


def _relations(project: Project, frames: Frames) -> Iterator[tuple[str, str, str | None, Schema]]:
    """Yield name, kind, comment and columns of everything that FROM can name: views in their order, then sources, then frames."""
    for name in project.order:
        view = project.views[name]
        kind = "VIEW" if view.materialized is None else "MATERIALIZED VIEW"
        yield name, kind, getattr(view.statement, "comment", None), view.schema
    for name, source in sorted(project.sources.items()):
        if source.declared and source.kind != "memory":
            yield name, "BASE TABLE", None, source.schema
    for name, schema in sorted(frames.items()):
        yield name, "LOCAL TEMPORARY", None, schema


def _names(name: str) -> tuple[str | None, str]:
    schema, point, rest = name.partition(".")
    return (schema, rest) if point else (None, name)


def _definition(view: BoundView) -> str:
    query = getattr(view.statement, "query", None)
    return "" if query is None else str(query.span.text)


def _sources(view: BoundView) -> list[str]:
    return list(dict.fromkeys(relation.source for relation in view.relations))


_NAMES = {"table_schema": TEXT, "table_name": TEXT}
_TABLES: dict[str, tuple[Mapping[str, pa.DataType], Callable[[Project, Frames], Iterator[Row]]]] = {
    "tables": ({**_NAMES, "table_type": TEXT, "comment": TEXT, "location": TEXT}, _tables),
    "columns": ({**_NAMES, "column_name": TEXT, "ordinal_position": NUMBER, "is_nullable": TEXT, "data_type": TEXT}, _columns),
    "views": ({**_NAMES, "view_definition": TEXT, "is_materialized": FLAG, "reads": pa.list_(TEXT), "sources": pa.list_(TEXT)}, _views),
    "routines": (
        {"routine_schema": TEXT, "routine_name": TEXT, "routine_type": TEXT, "flavour": TEXT, "signature": TEXT}
        | {"routine_definition": TEXT, "comment": TEXT},
        _routines,
    ),
    "parameters": (
        {"parameter_name": TEXT, "data_type": TEXT, "parameter_default": TEXT, "is_nullable": TEXT, "check_clause": TEXT}
        | {"is_secret": FLAG, "value_from": TEXT, "comment": TEXT},
        _parameters,
    ),
}
NAMES = tuple(f"{SCHEMA}.{name}" for name in _TABLES)
