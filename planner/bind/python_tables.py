"""Owns table functions in Python: a call becomes the rows of one list that the function gives, once for each place that reads it.

It is a SQL table function whose body unnests the private function `python:NAME` over its arguments.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...dialect.types import DataType, Field, Schema, list_of, quote, struct
from ..functions.macros import TableMacro
from ..functions.python import PythonFunction, engine_name
from .context import Catalog


def rows_type(columns: tuple[tuple[str, DataType], ...]) -> DataType:
    """Return the type of what a table function in Python gives: a list of its rows."""
    return list_of(struct(*(Field(name, type_) for name, type_ in columns)))


def know_table(catalog: Catalog, function: PythonFunction) -> None:
    """Make a table function in Python known as a SQL one over its rows."""
    from ...dialect import parse_expression, to_sql

    signature = function.signature
    name = signature.name.lower()
    columns = tuple((field.name, field.type) for field in function.returns.fields[0].type.fields)
    items = ", ".join(f"q.rows[{to_sql(exp.Literal.string(column))}] AS {quote(column)}" for column, _ in columns)
    call = f"{quote(engine_name(signature.name))}({', '.join(quote(one) for one in signature.parameters)})"
    whole = parse_expression(f"(SELECT {items} FROM (SELECT unnest({call}) AS rows) AS q)")
    for part in whole.walk():
        part.meta.pop("span", None)
    schema = Schema(tuple(Field(column, type_) for column, type_ in columns))
    catalog.python[engine_name(signature.name)] = replace(function, signature=replace(signature, variadic=False))
    catalog.tables[name] = TableMacro(
        signature, function.types, function.defaults, whole.this, columns, schema, function.sql, function.span, function.comment,
        function.places,
    )  # fmt: skip
