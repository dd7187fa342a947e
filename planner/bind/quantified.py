"""Owns IN, ANY and ALL over queries where the engine can't do them or gets them wrong, NULLs as SQL has them.

As a whole condition of WHERE they are [NOT] EXISTS over the comparison. Elsewhere they are a value of three: a
comparison that holds makes it, one that is NULL leaves it open, and without either it is not so.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.nodes import clone
from ..trees import output_names
from .columns import copy_place, make_column
from .context import Binding
from .correlation import Site, aggregates, is_plain
from .domains import untangle
from .folding import aliases, fold, outside
from .pushing import derived
from .refusals import unavailable
from .repeatable import repeats

OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    **{exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT},
}


def _parts(site: Site) -> tuple[exp.Expr, type[exp.Expr], bool]:
    """Return the left side, the comparison and whether it has to hold for all rows."""
    if site.kind == "in":
        return site.node.this, exp.EQ, False
    return site.node.this, type(site.node), isinstance(site.node.expression, exp.All)


def _compared(binding: Binding, left: exp.Expr, kind: type[exp.Expr], columns: Sequence[exp.Expr], site: Site) -> exp.Expr | None:
    """Return the comparison of the left side with a row; of a tuple only equality."""
    if not isinstance(left, exp.Tuple):
        if len(columns) != 1:
            return _widths(binding, site, 1, len(columns))
        return kind(this=clone(left), expression=columns[0])
    if len(left.expressions) != len(columns):
        return _widths(binding, site, len(left.expressions), len(columns))
    if kind is not exp.EQ:
        unavailable(binding, site.node, "sql.row_comparison", "rows are compared with a query by = ANY and IN only", "write EXISTS")
        return None
    return exp.and_(*(exp.EQ(this=clone(a), expression=b) for a, b in zip(left.expressions, columns, strict=True)), copy=False)


def _widths(binding: Binding, site: Site, wanted: int, found: int) -> exp.Expr | None:
    message = f"the left side has {wanted} value{'s' if wanted > 1 else ''}, the query {found} column{'s' if found > 1 else ''}"
    binding.fail("T2014", message, site.query, help="select as many columns as stand before")
    return None


def as_conditions(binding: Binding, site: Site) -> bool:
    """Turn a whole condition of WHERE into [NOT] EXISTS, in place; return whether that could be done."""
    left, kind, every = _parts(site)
    holds = site.negated == every  # the condition asks for a row that compares, not for the lack of one
    query = site.query
    if next(outside(query), None) is not None:
        if not is_plain(binding, query) or not isinstance(query, exp.Select):
            return False
        if {c.table for c in left.find_all(exp.Column)} & aliases(query):
            fold(binding, query, len(query.args.get("joins") or ()))
        columns = [item.unalias() for item in query.expressions]
        inner = query
    else:
        alias = binding.fresh_alias()
        columns = [make_column(alias, name, site.node, None) for name in output_names(query)]
        inner = exp.Select(expressions=[], from_=exp.From(this=derived(query, alias)))
    test = _compared(binding, left, OPPOSITE[kind] if every else kind, columns, site)
    if test is None:
        return True
    tested = test if holds else exp.Not(this=exp.Is(this=exp.Paren(this=test), expression=exp.false()))
    where = inner.args.get("where")
    inner.set("where", exp.Where(this=tested if where is None else exp.and_(where.this, tested, copy=False)))
    inner.set("expressions", [exp.Alias(this=exp.Literal.number(1), alias=exp.to_identifier("one", quoted=True))])
    made: exp.Expr = exp.Exists(this=inner)
    copy_place(made, site.node)
    place = site.node.parent if site.negated else site.node
    while site.negated and not isinstance(place, exp.Not):
        place = place.parent if place is not None else None
    assert place is not None
    place.replace(made if holds else exp.Not(this=made))
    return True


def as_member(binding: Binding, select: exp.Select, site: Site) -> bool:
    """Turn IN over a query that takes nothing from outside into a join with its distinct values, in place; say whether it could be.

    `x IN (q)` is TRUE where x is among them, FALSE where there are none, NULL where x or one of them is NULL, else FALSE.
    """
    left, query = site.node.this, site.query
    late = not site.aggregated and site.clause != "where" and bool(select.args.get("group") or aggregates(binding, select))
    alone = next(outside(query), None) is None and repeats(binding, query, select.root()) and len(output_names(query)) == 1
    if site.kind != "in" or isinstance(left, exp.Tuple) or left.find(exp.Query) or not alone or late:
        return False
    if select.args.get("from_") is None or site.clause == "joins" or left.find(exp.Window):
        return False
    untangle(binding, select)
    left = site.node.this  # which that may have renamed
    alias, inner, mark = binding.fresh_alias(), binding.fresh_alias(), "present"
    column = make_column(inner, output_names(query)[0], site.node, None)
    some = exp.Is(this=column, expression=exp.Null())
    items = [exp.Alias(this=column.copy(), alias=exp.to_identifier("member", quoted=True))]
    items.append(exp.Alias(this=exp.true(), alias=exp.to_identifier(mark, quoted=True)))
    members = exp.Select(expressions=items, distinct=exp.Distinct(), from_=exp.From(this=derived(query, inner)))
    members.set("where", exp.Where(this=exp.Not(this=some.copy())))
    ifs = [
        exp.If(this=make_column(alias, mark, site.node, None), true=exp.true()),
        exp.If(this=exp.EQ(this=_count(query, inner, None), expression=exp.Literal.number(0)), true=exp.false()),
        exp.If(this=exp.Is(this=clone(left), expression=exp.Null()), true=exp.Null()),
        exp.If(this=exp.GT(this=_count(query, inner, some), expression=exp.Literal.number(0)), true=exp.Null()),
    ]
    on = exp.EQ(this=make_column(alias, "member", site.node, None), expression=clone(left))
    select.append("joins", exp.Join(this=derived(members, alias), side="LEFT", on=on))
    made = exp.Case(ifs=ifs, default=exp.false())
    copy_place(made, site.node)
    site.node.replace(made)
    return True


def _count(query: exp.Expr, alias: str, test: exp.Expr | None) -> exp.Expr:
    """Return `(SELECT count(*) FROM (q) WHERE test)`."""
    count = exp.Alias(this=exp.Anonymous(this="count", expressions=[exp.Star()]), alias=exp.to_identifier("n", quoted=True))
    made = exp.Select(expressions=[count], from_=exp.From(this=derived(clone(query), alias)))
    if test is not None:
        made.set("where", exp.Where(this=test.copy()))
    return exp.Subquery(this=made)


def as_value(binding: Binding, site: Site) -> None:
    """Turn IN, ANY or ALL into a subquery of one value, in place."""
    left, kind, every = _parts(site)
    probe = exp.Select(expressions=[exp.Alias(this=clone(left), alias=exp.to_identifier("x"))])
    if aggregates(binding, probe) or left.find(exp.Window) is not None:
        detail = "an aggregate compared with the rows of a query here"
        unavailable(binding, site.node, "sql.quantified", detail, "compute the aggregate in a subquery first")
        return
    alias = binding.fresh_alias()
    columns = [make_column(alias, name, site.node, None) for name in output_names(site.query)]
    test = _compared(binding, left, OPPOSITE[kind] if every else kind, columns, site)
    if test is None:
        return
    source: exp.Expr = derived(site.query, alias)
    if next(outside(site.query), None) is not None:
        source = exp.Lateral(this=exp.Subquery(this=source.this), alias=source.args["alias"])
    ifs = [
        exp.If(this=_some(clone(test)), true=exp.Boolean(this=not every)),
        exp.If(this=_some(exp.Is(this=exp.Paren(this=test), expression=exp.Null())), true=exp.Null()),
    ]
    value = exp.Alias(this=exp.Case(ifs=ifs, default=exp.Boolean(this=every)), alias=exp.to_identifier("value", quoted=True))
    made = exp.Subquery(this=exp.Select(expressions=[value], from_=exp.From(this=source)))
    copy_place(made, site.node)
    copy_place(made.this, site.node)
    site.node.replace(made)


def _some(test: exp.Expr) -> exp.Expr:
    """Return `count(*) FILTER (WHERE test) > 0`."""
    count = exp.Anonymous(this="count", expressions=[exp.Star()])
    return exp.GT(this=exp.Filter(this=count, expression=exp.Where(this=test)), expression=exp.Literal.number(0))
