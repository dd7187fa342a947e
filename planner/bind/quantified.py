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
from .folding import aliases, fold, outside
from .pushing import derived
from .refusals import unavailable

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
