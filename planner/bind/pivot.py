"""Owns PIVOT: a relation turned so that values become columns, written out as aggregates with FILTER.

`PIVOT t ON col IN ('a', 'b') USING sum(x)` and `t PIVOT (sum(x) FOR col IN ('a', 'b'))` are one select with
`sum(x) FILTER (WHERE col = 'a') AS a`. Columns are named as DuckDB names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import Param, clone
from ...dialect.walk import find_all
from .columns import copy_place, make_column
from .context import Binding
from .infer import infer
from .refusals import unavailable
from .scope import Column, Scope, find_columns
from .select import output_name, refuse_duplicates

Columns = tuple[Column, ...] | None
LIST_VALUES = "list the values that become columns: ON kind IN ('a', 'b')"


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that is pivoted on: its expression as written, and for each value its name and the value."""

    key: exp.Expr
    values: tuple[tuple[str, exp.Expr], ...]


def bind_pivot(binding: Binding, pivot: exp.Pivot, source: exp.Expr, scope: Scope) -> tuple[exp.Expr, Columns]:
    """Return the select that a PIVOT over a bound relation stands for, and its columns.

    Args:
        binding: what is bound.
        pivot: the clause, either spelling.
        source: the bound relation.
        scope: holds that relation alone.
    """
    axes = _axes(binding, pivot)
    if axes is None or any(r.columns is None for r in scope.relations):
        binding.doubtful = True
        return pivot, None
    before = len(binding.problems.errors)
    keys = [_bound(binding, axis.key, scope) for axis in axes]
    measures = _measures(binding, pivot, scope)
    groups = _groups(binding, pivot, scope, [*keys, *(measure for _, measure in measures)])
    items = [*groups]
    for combination in product(*(axis.values for axis in axes)):
        tests = [_test(binding, key, value) for key, (_, value) in zip(keys, combination, strict=True)]
        for name, measure in measures:
            label = "_".join([*(one for one, _ in combination), *([name] if name else [])])
            items.append(_item(label, _filtered(binding, measure, tests), combination[0][1]))
    if len(binding.problems.errors) > before:
        return pivot, None
    return _select(binding, pivot, source, items, len(groups))


def _select(binding: Binding, pivot: exp.Pivot, source: exp.Expr, items: list[exp.Expr], groups: int) -> tuple[exp.Expr, Columns]:
    made = exp.Select(expressions=items, from_=exp.From(this=source))
    if groups:
        made.set("group", exp.Group(expressions=[clone(item.this) for item in items[:groups]]))
    copy_place(made, pivot)
    if not refuse_duplicates(binding, items):
        return made, None
    return made, tuple(Column(item.alias, infer(item.this)) for item in items)


def _bound(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    from .expressions import bind_expression

    return bind_expression(binding, clone(node), scope)


def _item(name: str, value: exp.Expr, place: exp.Expr) -> exp.Expr:
    made = exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
    made.meta["named"] = True
    copy_place(made, place)
    return made


def _axes(binding: Binding, pivot: exp.Pivot) -> list[Axis] | None:
    """Return what is pivoted on, or None after refusing what names no values."""
    found: list[Axis] = []
    for node in pivot.args.get("fields") or pivot.expressions:
        if not isinstance(node, exp.In):
            detail = "PIVOT without a list of values: which columns there are would depend on the data"
            unavailable(binding, node, "sql.pivot_values", detail, LIST_VALUES)
            return None
        values = [_value(binding, one) for one in node.expressions]
        if not values or any(one is None for one in values):
            if not values:
                unavailable(binding, node, "sql.pivot_values", "PIVOT takes its columns from a list of values only", LIST_VALUES)
            return None
        found.append(Axis(node.this, tuple(one for one in values if one is not None)))
    if pivot.args.get("default_on_null"):
        unavailable(binding, pivot, "sql.pivot_default", "DEFAULT ON NULL of PIVOT is not lowered", "write coalesce(…) round the column")
        return None
    return found


def _value(binding: Binding, node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """Return the name of a value's column and the value; refuse what is no constant written there."""
    name = None
    if isinstance(node, (exp.PivotAlias, exp.Alias)):
        name, node = str(node.args["alias"].name), node.this
    if isinstance(node, exp.PivotAny) or node.find(exp.Query) is not None:
        unavailable(binding, node, "sql.pivot_values", "PIVOT takes its columns from a list of values, not from a query", LIST_VALUES)
        return None
    if isinstance(node, exp.Column) and not node.table:  # a word without quotes is text in DuckDB, and seldom meant
        help_ = f"write '{node.name}' in quotes"
        binding.fail("T2060", f"`{node.name}` is a name, a value of PIVOT is a constant", node, help=help_)
        return None
    if node.find(exp.Column, Param, exp.Anonymous) is not None:
        what = "a parameter" if node.find(Param) is not None else "an expression"
        message = f"a value of PIVOT is a constant, this is {what}: its column would have no fixed name"
        binding.fail("T2060", message, node, help="write the value, or FILTER (WHERE …) behind an aggregate under a name of your own")
        return None
    return name if name is not None else _shown(node), node


def _shown(node: exp.Expr) -> str:
    """Return a constant as DuckDB shows it in a column's name."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        return str(node.this.this)
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    if isinstance(node, exp.Tuple):
        return "_".join(_shown(one) for one in node.expressions)
    return to_sql(node)


def _measures(binding: Binding, pivot: exp.Pivot, scope: Scope) -> list[tuple[str | None, exp.Expr]]:
    """Return the aggregates, bound, with the parts that they add to names; without USING rows are counted."""
    written = pivot.args.get("using") or (pivot.expressions if pivot.args.get("fields") else None)
    if not written:
        written = [exp.Anonymous(this="count", expressions=[exp.Star()])]
        copy_place(written[0], pivot)
    several = len(written) > 1
    found: list[tuple[str | None, exp.Expr]] = []
    for node in written:
        inner = node.this if isinstance(node, exp.Alias) else node
        name = str(node.args["alias"].name) if isinstance(node, exp.Alias) else _called(inner) if several else None
        bound = _bound(binding, inner, scope)
        if not _aggregates(binding, bound) and not binding.problems.errors:
            binding.fail(
                "T2061", f"PIVOT needs an aggregate here, `{to_sql(inner)}` is none", node, help="write sum(x), max(x), count(*), …"
            )
        found.append((name, bound))
    return found


def _called(node: exp.Expr) -> str:
    counts = isinstance(node, exp.Anonymous) and str(node.this).lower() == "count" and [type(e) for e in node.expressions] == [exp.Star]
    return "count_star()" if counts else to_sql(node)


def _aggregates(binding: Binding, tree: exp.Expr) -> list[exp.Anonymous]:
    built_ins = binding.catalog.built_ins
    found = [one for one in find_all(tree, exp.Anonymous) if str(one.this).lower() in built_ins]
    return [one for one in found if built_ins[str(one.this).lower()].kind == "aggregate"]


def _test(binding: Binding, key: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return the condition that a row belongs to a value; NULL is a value here."""
    from .comparisons import check_operands

    kind = exp.Is if isinstance(value, exp.Null) else exp.EQ
    made: exp.Expr = kind(this=clone(key), expression=clone(value))
    copy_place(made, value)
    check_operands(binding, made)
    return made


def _filtered(binding: Binding, measure: exp.Expr, tests: Sequence[exp.Expr]) -> exp.Expr:
    """Return a copy of an expression whose aggregates see only the rows that pass some tests."""
    holder = exp.Paren(this=clone(measure))
    for call in _aggregates(binding, holder):
        condition = exp.and_(*(clone(test) for test in tests), copy=False)
        outer: exp.Expr = call
        while isinstance(outer.parent, exp.WithinGroup):
            outer = outer.parent
        if isinstance(outer.parent, exp.Filter) and outer.parent.this is outer:
            where = outer.parent.expression
            where.set("this", exp.and_(where.this, condition, copy=False))
            continue
        made = exp.Filter(this=exp.Null(), expression=exp.Where(this=condition))
        copy_place(made, call)
        outer.replace(made)
        made.set("this", outer)
    inner: exp.Expr = holder.this
    inner.pop()
    return inner


def _groups(binding: Binding, pivot: exp.Pivot, scope: Scope, used: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Return the columns that stay: those of GROUP BY, or all that nothing else of the PIVOT reads."""
    group = pivot.args.get("group")
    if group is not None:
        if any(value for key, value in group.args.items() if key != "expressions"):
            unavailable(binding, group, "sql.pivot_grouping", "PIVOT groups by plain expressions only", "name the columns in GROUP BY")
            return []
        return [_item(_group_name(binding, one, scope), _bound(binding, one, scope), one) for one in group.expressions]
    taken = {(column.table, column.name) for tree in used for column in find_all(tree, exp.Column)}
    return [
        _item(column.name, make_column(relation.alias, column.name, pivot, column.type), pivot)
        for relation in scope.relations
        for column in relation.columns or ()
        if (relation.alias, column.name) not in taken
    ]


def _group_name(binding: Binding, node: exp.Expr, scope: Scope) -> str:
    if isinstance(node, exp.Column):
        found = [c.name for r in scope.relations for c in find_columns(node.this, r)]
        return found[0] if found else node.name
    return output_name(binding, node)
