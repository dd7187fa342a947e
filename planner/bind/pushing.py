"""Owns pushing a domain into a query: what was asked for one value at a time is asked for all of them at once.

The query gets the domain's columns behind its own. Groups, DISTINCT and windows go by them; LIMIT becomes a row
number for each value; an aggregate without groups gives its row for values without rows too, by a left join.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from ..trees import output_names
from .columns import make_column
from .context import Binding
from .correlation import SETS, aggregates, conjuncts, own
from .domains import AS_JOIN, Domain, same_values, take, untangle
from .folding import fold, mentions, outside
from .refusals import unavailable

Pushed = tuple[exp.Expr, tuple[str, ...]]


def pushed(binding: Binding, query: exp.Expr, domain: Domain) -> Pushed | None:
    """Return a query that gives its rows for every value of a domain, and the names of the columns with the value.

    The query is changed. None after refusing.
    """
    order, limit, offset = (query.args.get(k) for k in ("order", "limit", "offset"))
    if isinstance(query, exp.Select):
        on = query.args.get("distinct") is not None and query.args["distinct"].args.get("on") is not None
        if on and limit is not None:
            return _refuse(binding, query, "DISTINCT ON with LIMIT")
        hidden = _take_order(binding, query, order) if limit is not None or offset is not None else []
        query.set("order", order if on else None)
        made = _select(binding, query, domain)
    elif isinstance(query, SETS):
        query.set("order", None)
        made, hidden = _set_operation(binding, query, domain), _by_position(query, order)
    elif isinstance(query, exp.Subquery):
        made, hidden = pushed(binding, query.this, domain), _by_position(query.this, order)
    else:
        return _refuse(binding, query, "VALUES")
    if made is None or (limit is None and offset is None):
        return made
    for key in ("limit", "offset"):
        made[0].set(key, None)
    return _numbered(binding, *made, hidden, limit, offset)


def _refuse(binding: Binding, node: exp.Expr, what: str) -> Pushed | None:
    detail = f"a subquery with {what} that takes columns from outside"
    unavailable(binding, node, "sql.correlated_subquery", detail, AS_JOIN)
    return None


def _select(binding: Binding, select: exp.Select, domain: Domain) -> Pushed | None:
    alias = binding.domain_alias()
    before = len(binding.problems.errors)
    taken = list(outside(select))
    groups, calls = select.args.get("group"), aggregates(binding, select)
    if groups is not None and any(groups.args.get(k) for k in ("cube", "rollup", "grouping_sets")):
        return _refuse(binding, groups, "grouping sets")
    if calls and select.args.get("from_") is None:
        return _refuse(binding, select, "an aggregate over nothing but outer columns")
    take(select, domain, alias, taken)
    if calls and groups is None:
        _aggregated(binding, select, domain, alias, calls)
    else:
        _join(binding, select, domain, alias)
    keys = [make_column(alias, name, select, None) for name in domain.names]
    if groups is not None and not groups.args.get("all"):
        groups.set("expressions", [*groups.expressions, *(key.copy() for key in keys)])
    _partition(select, keys)
    _distinct_on(select, keys)
    names = tuple(f"{alias}_{n}" for n in range(1, len(keys) + 1))
    items = [exp.Alias(this=key, alias=exp.to_identifier(name, quoted=True)) for key, name in zip(keys, names, strict=True)]
    select.set("expressions", [*select.expressions, *items])
    return (select, names) if len(binding.problems.errors) == before else None


def _join(binding: Binding, select: exp.Select, domain: Domain, alias: str) -> None:
    """Put the domain before everything in FROM; in place."""
    first = select.args.get("from_")
    if first is not None:
        joins = list(select.args.get("joins") or ())
        if any(str(join.args.get("side") or "").upper() in ("RIGHT", "FULL") for join in joins):
            inside = exp.Select(from_=select.args["from_"].copy(), joins=[one.copy() for one in joins])
            if next(mentions(inside, frozenset({alias})), None) is not None:
                _refuse(binding, select, "a right or full join")
                return
            fold(binding, select, len(joins))
        untangle(binding, select)
        cross = exp.Join(this=select.args["from_"].this, kind="CROSS")
        select.set("joins", [cross, *(select.args.get("joins") or ())])
    select.set("from_", exp.From(this=domain.relation(alias)))


def _partition(select: exp.Select, keys: list[exp.Column]) -> None:
    """Let every window of a select go by the domain's columns; in place."""
    for node in list(own(select)):
        if isinstance(node, exp.Window) and not isinstance(node.args.get("alias"), exp.Identifier):
            node.set("partition_by", [*(node.args.get("partition_by") or ()), *(key.copy() for key in keys)])


def _distinct_on(select: exp.Select, keys: list[exp.Column]) -> None:
    distinct = select.args.get("distinct")
    on = distinct.args.get("on") if distinct is not None else None
    if on is None:
        return
    on.set("expressions", [*(key.copy() for key in keys), *on.expressions])
    order = select.args.get("order")
    if order is not None:
        order.set("expressions", [*(exp.Ordered(this=key.copy(), nulls_first=False) for key in keys), *order.expressions])


def _aggregated(binding: Binding, select: exp.Select, domain: Domain, alias: str, calls: list[exp.Expr]) -> None:
    """Group a select that aggregates all its rows by the domain, so that values without rows have their row too; in place."""
    tests = conjuncts(select.args.get("where"))
    me = frozenset({alias})
    base = exp.Select(from_=select.args["from_"].copy(), joins=[one.copy() for one in select.args.get("joins") or ()])
    tied = [one for one in tests if next(mentions(one, me), None) is not None]
    if next(mentions(base, me), None) is not None or any(one.find(exp.Query) for one in tied):
        present = _rows_by_value(binding, select, domain, alias)
    else:
        present = _rows_by_condition(binding, select, domain, alias, tests, tied)
    for call in calls:
        _only(call, present)
    select.set("group", exp.Group(expressions=[make_column(alias, name, select, None) for name in domain.names]))


def _rows_by_condition(
    binding: Binding, select: exp.Select, domain: Domain, alias: str, tests: list[exp.Expr], tied: list[exp.Expr]
) -> exp.Column:
    """Left join the rows of a select to the domain on the conditions that speak of it; return the column that marks rows."""
    free = [one for one in tests if all(one is not other for other in tied)]
    select.set("where", exp.Where(this=exp.and_(*tied, copy=False)) if tied else None)
    folded = fold(binding, select, len(select.args.get("joins") or ()))
    inner = select.args["from_"].this
    if free:
        inner.this.set("where", exp.Where(this=exp.and_(*free, copy=False)))
    on = select.args["where"].this if tied else exp.true()
    select.set("where", None)
    return _left_join(select, domain, alias, inner, folded, on)


def _rows_by_value(binding: Binding, select: exp.Select, domain: Domain, alias: str) -> exp.Column:
    """Left join the rows of a select, made for every value of the domain, to the domain on the value."""
    own_alias = binding.domain_alias()
    where = select.args.get("where")
    select.set("where", None)
    part = exp.Select(expressions=[], from_=select.args["from_"], joins=select.args.get("joins") or [], where=where)
    for column in list(mentions(part, frozenset({alias}))):
        column.set("table", exp.to_identifier(own_alias, quoted=True))
    _join(binding, part, domain, own_alias)
    condition = part.args.get("where")
    select.set("from_", part.args["from_"])
    select.set("joins", part.args.get("joins"))
    folded = fold(binding, select, len(select.args.get("joins") or ()))
    inner = select.args["from_"].this
    inner.this.set("where", condition)
    outer: list[exp.Expr] = []
    own_keys: list[exp.Expr] = []
    for name in domain.names:
        shown = f"{own_alias}_{name}"
        inner.this.append(
            "expressions", exp.Alias(this=make_column(own_alias, name, select, None), alias=exp.to_identifier(shown, quoted=True))
        )
        outer.append(make_column(alias, name, select, None))
        own_keys.append(make_column(folded, shown, select, None))
    return _left_join(select, domain, alias, inner, folded, same_values(outer, own_keys, domain.types))


def _left_join(select: exp.Select, domain: Domain, alias: str, inner: exp.Subquery, folded: str, on: exp.Expr) -> exp.Column:
    mark = f"{folded}_present"
    inner.this.append("expressions", exp.Alias(this=exp.true(), alias=exp.to_identifier(mark, quoted=True)))
    select.set("from_", exp.From(this=domain.relation(alias)))
    select.set("joins", [exp.Join(this=inner, side="LEFT", on=on)])
    return make_column(folded, mark, select, None)


def _only(call: exp.Expr, present: exp.Column) -> None:
    """Let an aggregate see marked rows only; in place."""
    outer = call
    while isinstance(outer.parent, exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls) and outer.parent.this is outer:
        outer = outer.parent
    if isinstance(outer.parent, exp.Filter) and outer.parent.this is outer:
        where = outer.parent.expression
        where.set("this", exp.and_(present.copy(), where.this, copy=False))
        return
    made = exp.Filter(this=exp.Null(), expression=exp.Where(this=present.copy()))
    outer.replace(made)
    made.set("this", outer)


def _set_operation(binding: Binding, query: exp.Expr, domain: Domain) -> Pushed | None:
    left, right = pushed(binding, query.this, domain), pushed(binding, query.expression, domain)
    if left is None or right is None:
        return None
    query.set("this", left[0])
    query.set("expression", right[0])
    return query, left[1]


Ranked = list[tuple[str, exp.Ordered, bool]]
"""Output columns to order by, each with its direction, and whether it was added for that alone."""


def _take_order(binding: Binding, select: exp.Select, order: exp.Expr | None) -> Ranked:
    """Return what a select is ordered by as output columns; expressions become columns of their own."""
    found: Ranked = []
    for ordered in order.expressions if order is not None else ():
        known = _position(select, ordered)
        name = known or binding.fresh_alias()
        if known is None:
            select.append("expressions", exp.Alias(this=ordered.this.copy(), alias=exp.to_identifier(name, quoted=True)))
        found.append((name, ordered, known is None))
    return found


def _by_position(query: exp.Expr, order: exp.Expr | None) -> Ranked:
    ordered = order.expressions if order is not None else ()
    return [(_position(query, one) or str(one.this.name), one, False) for one in ordered]


def _position(query: exp.Expr, ordered: exp.Expr) -> str | None:
    key = ordered.this
    if isinstance(key, exp.Literal) and not key.is_string:
        return output_names(query)[int(str(key.this)) - 1]
    return None


def _numbered(
    binding: Binding, query: exp.Expr, keys: tuple[str, ...], ranked: Ranked, limit: exp.Expr | None, offset: exp.Expr | None
) -> Pushed:
    """Return a query that keeps the first rows of each value of its domain."""
    inner, outer, number = binding.fresh_alias(), binding.fresh_alias(), binding.fresh_alias()
    hidden = {name for name, _, added in ranked if added}
    names = [name for name in output_names(query) if name not in hidden]
    order = []
    for name, ordered, _ in ranked:
        made = ordered.copy()
        made.set("this", make_column(inner, name, query, None))
        order.append(made)
    window = exp.Window(
        this=exp.Anonymous(this="row_number", expressions=[]),
        partition_by=[make_column(inner, key, query, None) for key in keys],
        order=exp.Order(expressions=order) if order else None,
    )
    items = [_passed(inner, name, query) for name in names]
    first = exp.Select(
        expressions=[*items, exp.Alias(this=window, alias=exp.to_identifier(number, quoted=True))], from_=_from(query, inner)
    )
    rank = make_column(outer, number, query, None)
    tests: list[exp.Expr] = []
    if offset is not None:
        tests.append(exp.GT(this=rank, expression=offset.expression.copy()))
    if limit is not None:
        last = limit.expression if offset is None else exp.Add(this=limit.expression, expression=offset.expression)
        tests.append(exp.LTE(this=rank.copy(), expression=clone(last)))
    where = exp.Where(this=exp.and_(*tests, copy=False))
    return exp.Select(expressions=[_passed(outer, name, query) for name in names], from_=_from(first, outer), where=where), keys


def _passed(alias: str, name: str, place: exp.Expr) -> exp.Expr:
    return exp.Alias(this=make_column(alias, name, place, None), alias=exp.to_identifier(name, quoted=True))


def _from(query: exp.Expr, alias: str) -> exp.From:
    return exp.From(this=exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))))


def derived(query: exp.Expr, alias: str) -> exp.Subquery:
    """Return a query as a derived table."""
    made: exp.Subquery = _from(query, alias).this
    return made
