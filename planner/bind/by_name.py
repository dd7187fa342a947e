"""Owns UNION BY NAME: both sides get every column in one order, NULL where they lack it, and the union is a plain one."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.walk import find_all
from .columns import copy_place
from .context import Binding


def match_by_name(binding: Binding, tree: exp.Expr) -> None:
    """Rewrite every UNION BY NAME of a bound tree in place."""
    for union in reversed([one for one in find_all(tree, exp.Union) if one.args.get("by_name")]):
        union.set("by_name", None)
        sides = (union.this, union.expression)
        names = _names(sides[0])
        names += [name for name in _names(sides[1]) if name.lower() not in {one.lower() for one in names}]
        for key, side in zip(("this", "expression"), sides, strict=True):
            union.set(key, _ordered(binding, side, names))


def _names(query: exp.Expr) -> list[str]:
    while not isinstance(query, exp.Select | exp.Values):
        query = query.this
    if isinstance(query, exp.Values):
        row = query.expressions[0]
        return [f"column{at + 1}" for at in range(len(row.expressions) if isinstance(row, exp.Tuple) else 1)]
    return [str(item.alias_or_name) for item in query.expressions]


def _ordered(binding: Binding, query: exp.Expr, names: list[str]) -> exp.Expr:
    own = {name.lower(): name for name in _names(query)}
    if [name.lower() for name in names] == list(own):
        return query
    relation = exp.to_identifier(binding.fresh_alias(), quoted=True)
    items = [exp.alias_(_value(relation, own.get(name.lower())), name, quoted=True) for name in names]
    inner = query.this if isinstance(query, exp.Subquery) and not query.alias else query
    derived = exp.Subquery(this=inner.copy(), alias=exp.TableAlias(this=relation.copy()))
    made = exp.Select(expressions=items, from_=exp.From(this=derived))
    copy_place(made, query)
    return made


def _value(relation: exp.Identifier, name: str | None) -> exp.Expr:
    if name is None:
        return exp.Null()
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=relation.copy())
