"""Owns short constructors of the tree nodes that range joins are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from ....dialect.nodes import clone
from ....dialect.types import DataType
from ....dialect.types_sql import type_node

SETTLED = "settled"
"""The mark of `settled`; copies of a tree keep it."""


def column(relation: str, name: str) -> exp.Column:
    """Return a column of a relation."""
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def number(text: str) -> exp.Expr:
    """Return a DOUBLE from a literal's text, such as `1e300`."""
    return exp.Cast(this=exp.Literal.number(text), to=exp.DataType.build("DOUBLE"))


def cast(node: exp.Expr, to: DataType) -> exp.Cast:
    """Return a cast."""
    return exp.Cast(this=node, to=type_node(to))


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return a function call."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def settled(node: exp.Anonymous) -> exp.Anonymous:
    """Return a call marked as one whose result matters to no row, whatever the order of the rows that it reads."""
    node.meta[SETTLED] = True
    return node


def over(node: exp.Expr) -> exp.Window:
    """Return an aggregate as a window over all rows."""
    return exp.Window(this=node, over="OVER")


def case(*branches: tuple[exp.Expr, exp.Expr], default: exp.Expr) -> exp.Case:
    """Return `CASE WHEN test THEN value … ELSE default END`."""
    return exp.Case(ifs=[exp.If(this=test, true=value) for test, value in branches], default=default)


def named(node: exp.Expr, name: str) -> exp.Alias:
    """Return an item of a select with its name."""
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


def select(items: Sequence[exp.Expr], relation: exp.Expr, *joined: exp.Expr) -> exp.Select:
    """Return a select of some items from a relation, cross joined with others."""
    made = exp.Select(expressions=list(items), from_=exp.From(this=relation))
    if joined:
        made.set("joins", [exp.Join(this=one, kind="CROSS") for one in joined])
    return made


def named_table(name: str) -> exp.Table:
    """Return a table or common table expression under its own name."""
    name_ = exp.to_identifier(name, quoted=True)
    return exp.Table(this=name_, alias=exp.TableAlias(this=name_.copy()))


def filtered(query: exp.Select, tests: Sequence[exp.Expr]) -> exp.Select:
    """Return a new select with some tests as its WHERE, each copied."""
    if tests:
        query.set("where", exp.Where(this=all_of([copy(one) for one in tests])))
    return query


def derived(query: exp.Expr, alias: str) -> exp.Subquery:
    """Return a query as a derived table."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def all_of(tests: Iterable[exp.Expr]) -> exp.Expr:
    """Return the conjunction of one or more tests."""
    made, *others = tests
    for one in others:
        made = exp.And(this=made, expression=one)
    return made


def copy(node: exp.Expr) -> exp.Expr:
    """Return a copy of a tree with its places."""
    return clone(node)
