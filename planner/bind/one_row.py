"""Owns scalar subqueries that may give several rows: the value of the only row, or an error when there are more.

The engine has no function that raises. A cast of a text that is no number does, and carries the text: the runtime
knows it again and tells T6056.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import BIGINT
from ...dialect.types_sql import type_node
from ..trees import output_names
from .columns import make_column
from .context import Binding
from .pushing import derived

WIDTH = 60
"""Characters of the subquery that the error repeats."""


def only_row(
    binding: Binding, query: exp.Expr, keys: tuple[str, ...], alias: str, single: bool, node: exp.Expr, shown: str
) -> tuple[exp.Expr, exp.Expr, list[str]]:
    """Return a query with one row a key, the expression of its value under an alias, and the columns that it uses.

    Args:
        binding: gives names.
        query: gives the value in its first column, and the keys.
        keys: names of the key columns.
        alias: that the query will have.
        single: whether it has one row a key for sure.
        node: the subquery, for its place.
        shown: its text, for the error.
    """
    name = output_names(query)[0]
    value = make_column(alias, name, node, None)
    if single:
        return query, value, [name]
    inner, count = binding.fresh_alias(), f"{alias}_rows"
    first = exp.Anonymous(this="first_value", expressions=[make_column(inner, name, node, None)])
    items: list[exp.Expr] = [_aliased(make_column(inner, key, node, None), key) for key in keys]
    items += [_aliased(first, name), _aliased(exp.Anonymous(this="count", expressions=[exp.Star()]), count)]
    grouped = exp.Select(expressions=[items[len(keys)], *items[: len(keys)], items[-1]], from_=exp.From(this=derived(query, inner)))
    grouped.set("group", exp.Group(expressions=[make_column(inner, key, node, None) for key in keys]))
    return grouped, _checked(value, make_column(alias, count, node, None), shown), [name, count]


def _checked(value: exp.Expr, rows: exp.Expr, shown: str) -> exp.Expr:
    """Return `CASE WHEN (CASE WHEN rows > 1 THEN CAST('…' AS BIGINT) ELSE 0 END) = 0 THEN value END`."""
    begin, end = exp.Literal.string("treadle: "), exp.Literal.string(f" rows from {shown}")
    text = exp.Anonymous(this="concat", expressions=[begin, rows.copy(), end])
    raises = exp.Cast(this=text, to=type_node(BIGINT))
    guard = exp.Case(ifs=[exp.If(this=exp.GT(this=rows, expression=exp.Literal.number(1)), true=raises)], default=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=exp.EQ(this=guard, expression=exp.Literal.number(0)), true=value)])


def _aliased(value: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
