"""Owns the check of `PARAM … FILTER source.column`: the source and the column exist, and their types fit."""

from __future__ import annotations

from dataclasses import replace

from ...dialect.diagnostics import Problems, did_you_mean, error
from ...dialect.statements.param import ParamStatement
from ...dialect.types import DataType
from ..project import Parameter
from .context import Catalog
from .infer import family


def bind_filter(catalog: Catalog, statement: ParamStatement, problems: Problems) -> None:
    """Put the real names of a filter's source and column into its parameter, or report what is wrong."""
    parameter = catalog.parameters[statement.name.text.lower()]
    if parameter.filter is None or statement.filter is None:
        return
    name, column = parameter.filter
    source = next((s for s in catalog.sources.bound.values() if s.declared and s.name.lower() == name.lower()), None)
    if source is None:
        if not any(name.lower() == failed.lower() for failed in catalog.sources.failed):
            names = [s.name for s in catalog.sources.bound.values() if s.declared]
            message = f"FILTER names `{name}`, which is no declared source"
            problems.catch(error("T2002", message, statement.filter.parts[0].span, help=did_you_mean(name, names)))
        return
    field = next((f for f in source.schema if statement.filter.parts[-1].matches(f.name)), None)
    if field is None:
        message = f"`{source.name}` has no column `{column}`"
        problems.catch(error("T2001", message, statement.filter.parts[-1].span, help=did_you_mean(column, source.schema.names)))
        return
    _check_types(parameter, statement, field.type, problems)
    catalog.parameters[parameter.name.lower()] = replace(parameter, filter=(source.name, field.name))


def _check_types(parameter: Parameter, statement: ParamStatement, column: DataType, problems: Problems) -> None:
    assert statement.filter is not None
    own = parameter.type.fields[0].type if parameter.type.name == "LIST" else parameter.type
    if family(own) != family(column):
        message = f"FILTER compares {column} with {own}"
        problems.catch(error("T2030", message, statement.filter.span, help="declare the parameter with the column's type"))
