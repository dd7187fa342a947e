"""Owns `x op ANY (…)` and `x op ALL (…)` over lists and queries, which the engine gets wrong or has not.

Over a list they are an `array_any_match`. Over a query, equality is IN; the others look at the
least, the greatest and the number of its values, which one scalar subquery gives as a struct.
ALL is the negation of ANY with the opposite comparison. Nulls count as in the standard.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import Param
from ...dialect.types import INTEGERS, DataType
from .columns import copy_place
from .comparisons import check_operands
from .context import Binding
from .folding import outside
from .infer import infer
from .probe import probe_type
from .rows import compare_rows
from .scope import Scope

_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    **{exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT},
}
_SWAPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    **{exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.LT: exp.GT, exp.GT: exp.LT, exp.LTE: exp.GTE, exp.GTE: exp.LTE},
}
COMPARISONS = tuple(_OPPOSITE)
_ALIKE = frozenset(("VARCHAR", "DATE", "BOOLEAN"))
"""Types whose values are equal to `array_has` just when they are to `=`, beside whole numbers."""
_ONE, _VALUE, _FACTS = "any~", "value", "facts~"


def comparison(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind a comparison, with ANY and ALL on either side."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    return comparison_of(binding, node, scope)


def comparison_of(binding: Binding, node: exp.Expr, scope: Scope | None = None) -> exp.Expr:
    """Return what stands for a comparison whose operands are bound; with a scope, types are asked for where they aren't plain."""
    if isinstance(node.this, exp.Any | exp.All) and not isinstance(node.expression, exp.Any | exp.All):
        turned = _SWAPPED[type(node)](this=node.expression, expression=node.this)
        copy_place(turned, node)
        node = turned
    check_operands(binding, node)
    right = node.expression
    if not isinstance(right, exp.Any | exp.All):
        return compare_rows(binding, one_zero(node) if isinstance(node, exp.EQ) else node)
    if binding.problems.errors:
        return node
    items = _inside(right)
    if isinstance(node.this, exp.Tuple) or isinstance(items, exp.Query) and next(outside(items), None) is not None:
        return node  # rows, and queries that take columns from outside, are joined with; see `quantified.py`
    every = isinstance(right, exp.All)
    kind = _OPPOSITE[type(node)] if every else type(node)
    if isinstance(items, exp.Query):
        made = _over_query(binding, kind, node.this, items, node)
    elif _plain(node, items):
        return node
    elif kind is exp.EQ and not every and _is_asked(node) and _is_member(binding, node.this, items, scope):
        made = _call("array_has", [items, node.this], node)  # joins on a lambda are beyond the engine where no equality stands beside it
    else:
        made = _over_list(kind, node.this, items, node)
    return _made(exp.Not(this=made), node) if every else made


def one_zero(node: exp.Expr) -> exp.Expr:
    """Return a comparison of columns of floats to which 0.0 and -0.0 are one; as keys of joins and orders the engine tells them apart."""
    kinds = [infer(side) for side in (node.this, node.expression)]
    if not all(kind is not None and kind.name in ("DOUBLE", "FLOAT") for kind in kinds):
        return node
    for side in (node.this, node.expression):
        if side.find(exp.Column) is not None:
            side.replace(_made(exp.Add(this=_bare(side.copy()), expression=exp.Literal.number("0.0")), side))
    return node


def _bare(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node, exp.Column) else exp.Paren(this=node)


def _plain(node: exp.Expr, items: exp.Expr) -> bool:
    """Say whether the engine's own `= ANY(list)` is right: a list parameter holds no null."""
    return isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any) and isinstance(items, Param)


def _inside(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    while isinstance(inner, exp.Paren) or isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Query) and not inner.alias:
        inner = inner.this
    return inner


def _is_asked(node: exp.Expr) -> bool:
    """Say whether a condition is asked for TRUE alone, in WHERE, ON and their kin, so that FALSE and NULL are one."""
    around = node.parent
    while isinstance(around, exp.And | exp.Or | exp.Paren):
        node, around = around, around.parent
    return isinstance(around, exp.Where | exp.Having | exp.Qualify) or isinstance(around, exp.Join) and node.arg_key == "on"


def _is_member(binding: Binding, value: exp.Expr, items: exp.Expr, scope: Scope | None) -> bool:
    """Say whether `value = ANY (items)` is the engine's `array_has`: its nulls are others, and 0.0 and -0.0 two values to it."""

    def kind_of(node: exp.Expr) -> DataType | None:
        return infer(node) or (probe_type(binding, node, scope) if scope is not None else None)

    one, many = kind_of(value), [kind_of(item) for item in items.expressions] if isinstance(items, exp.Array) else [_item(kind_of(items))]
    kinds = {kind.name if kind is not None else "" for kind in (one, *many)}
    return kinds <= set(INTEGERS) or len(kinds) == 1 and kinds <= _ALIKE


def _item(kind: DataType | None) -> DataType | None:
    return kind.fields[0].type if kind is not None and kind.name == "LIST" and kind.fields else None


def _over_list(kind: type[exp.Expr], value: exp.Expr, items: exp.Expr, like: exp.Expr) -> exp.Expr:
    test = _made(kind(this=value, expression=_column(_ONE, like)), like)
    return _call("array_any_match", [items, _lambda(_ONE, test, like)], like)


def _over_query(binding: Binding, kind: type[exp.Expr], value: exp.Expr, query: exp.Expr, like: exp.Expr) -> exp.Expr:
    if kind is exp.EQ:
        return _made(exp.In(this=value, query=_made(exp.Subquery(this=query), like)), like)
    facts = _column(_FACTS, like)
    least, greatest, all_, known = (_field(facts, name, like) for name in ("least", "greatest", "all", "known"))
    if kind is exp.NEQ:  # between the greatest and the least lies a value only when all are equal to it
        test: exp.Expr = exp.Not(this=_made(exp.Between(this=value, low=greatest, high=least), like))
    else:
        test = kind(this=value, expression=least if kind in (exp.GT, exp.GTE) else greatest)
    some = _made(exp.GT(this=all_.copy(), expression=exp.Literal.number(0)), like)
    told = _made(exp.And(this=_paren(test, like), expression=some), like)
    unknown = _made(exp.Case(ifs=[exp.If(this=exp.GT(this=all_, expression=known), true=exp.Null())], default=exp.false()), like)
    body = _made(exp.Or(this=_paren(told, like), expression=unknown), like)
    listed = _made(exp.Array(expressions=[_facts(binding, query, like)]), like)
    made = _call("array_transform", [listed, _lambda(_FACTS, body, like)], like)
    return _made(exp.Bracket(this=made, expressions=[exp.Literal.number(1)]), like)


def _facts(binding: Binding, query: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Return the scalar subquery of a struct with what is to be known about a query's values."""
    name = exp.to_identifier(binding.fresh_alias(), quoted=True)
    value = exp.Column(this=exp.to_identifier(_VALUE, quoted=True), table=name.copy())
    columns = [exp.to_identifier(_VALUE, quoted=True)]
    derived = exp.Subquery(this=query.copy(), alias=exp.TableAlias(this=name, columns=columns))
    parts: list[exp.Expr] = []
    for field, call, argument in (
        ("least", "min", value),
        ("greatest", "max", value),
        ("all", "count", exp.Star()),
        ("known", "count", value),
    ):
        parts += [exp.Literal.string(field), exp.Anonymous(this=call, expressions=[argument.copy()])]
    struct = exp.Anonymous(this="named_struct", expressions=parts)
    select = exp.Select(expressions=[exp.alias_(struct, "facts", quoted=True)], from_=exp.From(this=derived))
    made = exp.Subquery(this=select)
    for part in (made, select, struct, derived):
        copy_place(part, like)
    return made


def _column(name: str, like: exp.Expr) -> exp.Column:
    made = exp.Column(this=exp.to_identifier(name, quoted=True))
    copy_place(made, like)
    return made


def _field(whole: exp.Expr, name: str, like: exp.Expr) -> exp.Expr:
    return _made(exp.Bracket(this=whole.copy(), expressions=[exp.Literal.string(name)]), like)


def _lambda(name: str, body: exp.Expr, like: exp.Expr) -> exp.Expr:
    return _made(exp.Lambda(this=body, expressions=[exp.to_identifier(name, quoted=True)]), like)


def _call(name: str, arguments: list[exp.Expr], like: exp.Expr) -> exp.Expr:
    return _made(exp.Anonymous(this=name, expressions=arguments), like)


def _paren(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    return _made(exp.Paren(this=_made(node, like)), like)


def _made(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(node, like)
    return node
