"""Owns UNPIVOT: columns turned into rows, as a cross join with the list of their names.

`UNPIVOT t ON a, b INTO NAME n VALUE v` reads each row once and gives `CASE at WHEN 1 THEN a WHEN 2 THEN b END AS v`
beside every number and name; rows with a NULL for a value are left out, unless INCLUDE NULLS keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import counted
from ...dialect.nodes import clone
from ...dialect.walk import find_all
from .columns import copy_place, make_column
from .context import Binding
from .infer import family, infer
from .probe import probe_type
from .scope import Column, Scope
from .select import refuse_duplicates
from .stars import expand_star, is_star

Columns = tuple[Column, ...] | None
AT = "at"


@dataclass(frozen=True, slots=True)
class Row:
    """What one listed column, or bracket of columns, turns into: its name and its bound values."""

    name: str
    values: tuple[exp.Expr, ...]
    node: exp.Expr


def bind_unpivot(binding: Binding, pivot: exp.Pivot, source: exp.Expr, scope: Scope) -> tuple[exp.Expr, Columns]:
    """Return the select that an UNPIVOT over a bound relation stands for, and its columns; see `bind_pivot`."""
    if any(r.columns is None for r in scope.relations):
        binding.doubtful = True
        return pivot, None
    before = len(binding.problems.errors)
    name, names, listed = _parts(pivot)
    rows = [row for node in listed for row in _rows(binding, node, scope)]
    if len(binding.problems.errors) > before:
        return pivot, None
    _check(binding, pivot, names, rows, scope)
    if len(binding.problems.errors) > before or not rows:
        return pivot, None
    return _select(binding, pivot, source, scope, name, names, rows)


def _parts(pivot: exp.Pivot) -> tuple[exp.Expr, list[exp.Expr], list[exp.Expr]]:
    """Return the name of the column of names, those of the columns of values, and what is listed."""
    if fields := pivot.args.get("fields"):
        wanted = pivot.expressions[0] if pivot.expressions else exp.to_identifier("value")
        values = wanted.expressions if isinstance(wanted, exp.Tuple) else [wanted]
        return fields[0].this, list(values), list(fields[0].expressions)
    into = pivot.args.get("into")
    name = into.this if into is not None and isinstance(into.this, exp.Expr) else exp.to_identifier("name")
    values = into.expressions if into is not None and isinstance(into.expressions, list) else []
    return name, list(values) or [exp.to_identifier("value")], list(pivot.expressions)


def _rows(binding: Binding, node: exp.Expr, scope: Scope) -> list[Row]:
    from .expressions import bind_expression

    name = None
    if isinstance(node, (exp.Alias, exp.PivotAlias)):
        name, node = str(node.args["alias"].name), node.this
    star = _star(node)
    if star is not None:
        found = expand_star(binding, star, scope) or []
        return [Row(one.alias, (one.this,), node) for one in found]
    parts = node.expressions if isinstance(node, exp.Tuple) else [node]
    bound = tuple(bind_expression(binding, clone(part), scope) for part in parts)
    shown = [one.name if isinstance(one, exp.Column) else binding.span(part).text for one, part in zip(bound, parts, strict=True)]
    return [Row(name if name is not None else "_".join(shown), bound, node)]


def _star(node: exp.Expr) -> exp.Expr | None:
    """Return the star of `*` and of `COLUMNS(*)`."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "columns" and len(node.expressions) == 1:
        node = node.expressions[0]
    return clone(node) if is_star(node) else None


def _check(binding: Binding, pivot: exp.Pivot, names: Sequence[exp.Expr], rows: Sequence[Row], scope: Scope) -> None:
    for row in rows:
        if len(row.values) != len(names):
            found = f"{counted(len(row.values), 'column')} for {counted(len(names), 'value column')}"
            help_ = "list as many columns in each bracket as VALUE has names"
            binding.fail("T2062", f"UNPIVOT has {found}", row.node, help=help_)
            return
    for at in range(len(names)):
        types = [infer(row.values[at]) or probe_type(binding, row.values[at], scope) for row in rows]
        known = [(row, type_) for row, type_ in zip(rows, types, strict=True) if type_ is not None and type_.name != "NULL"]
        for row, type_ in known[1:]:
            first = known[0][1]
            nested = bool(type_.fields) or bool(first.fields)
            if family(type_) != family(first) or nested and type_ != first:
                message = f"UNPIVOT puts {first} and {type_} into one column"
                binding.fail("T2063", message, row.node, help="CAST them to one type in a subquery first")
                return


def _select(
    binding: Binding, pivot: exp.Pivot, source: exp.Expr, scope: Scope, name: exp.Expr, names: list[exp.Expr], rows: list[Row]
) -> tuple[exp.Expr, Columns]:
    lists = binding.fresh_alias()
    joined = exp.Join(this=_numbered(lists, rows), kind="CROSS")
    number = make_column(lists, AT, pivot, None)
    taken = {(column.table, column.name) for row in rows for value in row.values for column in find_all(value, exp.Column)}
    items = [
        _item(column.name, make_column(relation.alias, column.name, pivot, column.type), pivot)
        for relation in scope.relations
        for column in relation.columns or ()
        if (relation.alias, column.name) not in taken
    ]
    kept = len(items)
    items.append(_item(str(name.name), make_column(lists, "name", name, None), name))
    for at, one in enumerate(names):
        ifs = [exp.If(this=exp.Literal.number(n), true=clone(row.values[at])) for n, row in enumerate(rows, start=1)]
        items.append(_item(str(one.name), exp.Case(this=number.copy(), ifs=ifs), one))
    if not refuse_duplicates(binding, items):
        return pivot, None
    made = exp.Select(expressions=items, from_=exp.From(this=source), joins=[joined])
    copy_place(made, pivot)
    columns = tuple(Column(item.alias, infer(item.this)) for item in items)
    return (made if pivot.args.get("include_nulls") else _without_nulls(binding, pivot, made, kept + 1)), columns


def _numbered(alias: str, rows: Sequence[Row]) -> exp.Values:
    """Return `(VALUES (1, 'a'), (2, 'b')) AS lists(at, name)`."""
    pairs = [exp.Tuple(expressions=[exp.Literal.number(n), exp.Literal.string(row.name)]) for n, row in enumerate(rows, start=1)]
    columns = [exp.to_identifier(one, quoted=True) for one in (AT, "name")]
    return exp.Values(expressions=pairs, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns))


def _without_nulls(binding: Binding, pivot: exp.Pivot, inner: exp.Select, first: int) -> exp.Select:
    """Return a query without the rows where a value, from a position on, is NULL: as in DuckDB one is enough."""
    alias = binding.fresh_alias()
    names = [item.alias for item in inner.expressions]
    tests: list[exp.Expr] = [
        exp.Not(this=exp.Is(this=make_column(alias, one, pivot, None), expression=exp.Null())) for one in names[first:]
    ]
    made = exp.Select(
        expressions=[_item(one, make_column(alias, one, pivot, None), pivot) for one in names],
        from_=exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))),
        where=exp.Where(this=exp.and_(*tests, copy=False)),
    )
    copy_place(made, pivot)
    return made


def _item(name: str, value: exp.Expr, place: exp.Expr) -> exp.Expr:
    made = exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
    made.meta["named"] = True
    copy_place(made, place)
    return made
