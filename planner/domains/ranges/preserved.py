"""Owns range joins that keep a relation of spans: SEMI, ANTI and LEFT joins, and EXISTS, in which a span may not stand twice.

The spans' rows are numbered before they fall into pieces, so that a row is told by its number afterwards: it has a match if
any piece has, none if all of its pieces are left. A LEFT join is what matches, and beside it what doesn't.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ....dialect.types import BIGINT
from ....dialect.types_sql import type_node
from ...trees import conjuncts
from .nodes import all_of, call, cast, column, copy, derived, filtered, named, named_table, select, settled
from .sides import Buckets, TypedSide, covered, left_pieces, pieces
from .site import Site
from .work import Declined

_NESTED = ("LIST", "STRUCT", "MAP")


def require_kept(site: Site) -> None:
    """Decline a join that keeps spans where other relations stand between it and them."""
    select, left, right = site.outer, site.range.left.relation, site.range.right.relation
    names = {left} | ({right} if site.outer is site.inner else set())
    inside = (
        frozenset(node.alias_or_name for node in site.inner.find_all(exp.Table, exp.Subquery, exp.Values))
        if site.outer is not site.inner
        else ()
    )
    for test in site.tests if site.outer is site.inner else [site.inner]:
        for one in test.find_all(exp.Column):
            if one.table not in names and one.table not in inside:
                raise Declined(f"its condition reads `{one.table}` beside `{left}`, whose spans it keeps")
    for join in select.args.get("joins") or ():
        side = str(join.args.get("side") or "").upper()
        if side in ("RIGHT", "FULL") or (join.this.alias_or_name == left and (side or str(join.args.get("kind") or "").upper() == "ANTI")):
            raise Declined(f"another outer join gives nulls for `{left}`, whose spans it keeps")


def kept(site: Site, left: TypedSide, how: Buckets, used: frozenset[str], meets_points: bool) -> exp.Select:
    """Return the rows of the left relation that a SEMI join or EXISTS keeps, or an ANTI join; its condition moves there.

    Args:
        site: the join; its right relation has buckets already.
        left: the spans.
        how: how buckets are counted.
        used: names of the columns that are needed.
        meets_points: whether the right relation has points.
    """
    alias, row = left.side.relation, _row(how)
    names = [name for name in left.columns if name in used]
    items = [named(settled(call("first_value", column(alias, name))), name) for name in names] or [named(exp.Literal.number("1"), how.key)]
    made = select(items, numbered(left, how, used, meets_points))
    if isinstance(site.at, exp.Join):
        made.set("joins", [site.at.copy()])
    else:
        made.set("where", exp.Where(this=site.at.copy()))
    made.set("group", exp.Group(expressions=[column(alias, row)]))
    if site.how == "ANTI":
        whole = exp.EQ(this=call("count", exp.Star()), expression=call("max", column(alias, _count(how))))
        made.set("having", exp.Having(this=whole))
    return made


def take_out(site: Site) -> None:
    """Take the join, or the test of an EXISTS, out of the select around."""
    if isinstance(site.at, exp.Join):
        site.outer.set("joins", [one for one in site.outer.args["joins"] if one is not site.at])
        return
    others = [one for one in conjuncts(site.outer.args["where"].this) if one is not site.at]
    site.outer.set("where", exp.Where(this=all_of(others)) if others else None)


def numbered(one: TypedSide, how: Buckets, used: frozenset[str], meets_points: bool) -> exp.Subquery:
    """Return a relation of spans in pieces under its alias, each with the number of its row and of the row's pieces."""
    alias = one.side.relation
    names = [name for name in one.columns if name in used]
    number = exp.Window(this=settled(call("row_number")), over="OVER")
    made = select([*(named(column(alias, n), n) for n in names), named(number, _row(how))], copy(one.node))
    rows = derived(filtered(made, one.filters), alias)
    first, last = covered(one, how, ordered=True)
    count = exp.Add(this=exp.Sub(this=copy(last), expression=copy(first)), expression=exp.Literal.number("1"))
    items = [
        *(named(column(alias, n), n) for n in (*names, _row(how))),
        named(call("coalesce", count, exp.Literal.number("1")), _count(how)),
        named(call("unnest", _some_pieces(first, last, meets_points)), how.key),
    ]
    return derived(select(items, rows, named_table(how.alias)), alias)


def _some_pieces(first: exp.Expr, last: exp.Expr, meets_points: bool) -> exp.Expr:
    """Return the list of a span's buckets, which is never empty: a span without bounds has one that meets nothing."""
    if not meets_points:
        return left_pieces(first, last)
    return call("coalesce", pieces(first, last), call("make_array", cast(exp.Null(), BIGINT)))


def _row(how: Buckets) -> str:
    return f"{how.key}_row"


def _count(how: Buckets) -> str:
    return f"{how.key}_pieces"


def both(matched: exp.Select, unmatched: exp.Select, left: TypedSide, right: TypedSide, used: Sequence[frozenset[str]]) -> exp.Union:
    """Return the rows of a LEFT join: those that match, and those that don't with nulls for the right side's columns.

    Args:
        matched: gives both sides' columns under their aliases; its items are set here.
        unmatched: rows of the left side that match none.
        left: the spans that are kept.
        right: the other side.
        used: names of the columns of each side that are needed.
    """
    mine = [(left.side.relation, name) for name in left.columns if name in used[0]]
    others = [(right.side.relation, name) for name in right.columns if name in used[1]]
    names = output_names(left, right, used)
    matched.set("expressions", [named(column(*key), names[key]) for key in (*mine, *others)])
    nulls = [named(_null(right, key[1]), names[key]) for key in others]
    alone = select([*(named(column(*key), names[key]) for key in mine), *nulls], derived(unmatched, left.side.relation))
    return exp.Union(this=matched, expression=alone, distinct=False)


def output_names(left: TypedSide, right: TypedSide, used: Sequence[frozenset[str]]) -> dict[tuple[str, str], str]:
    """Return the name that each needed column of both sides has in the rows of their LEFT join."""
    keys = [(one.side.relation, name) for one, needed in ((left, used[0]), (right, used[1])) for name in one.columns if name in needed]
    return {key: f"column_{at}" for at, key in enumerate(keys, start=1)}


def _null(one: TypedSide, name: str) -> exp.Expr:
    type_ = one.types[one.columns.index(name)]
    return exp.Null() if type_.name in _NESTED or type_.name == "NULL" else exp.Cast(this=exp.Null(), to=type_node(type_))


def rename(select: exp.Select, alias: str, names: dict[tuple[str, str], str]) -> None:
    """Let all mentions of both sides' columns mean those of their LEFT join. In place."""
    from ...bind.folding import mentions  # the binder's package knows the domains

    relations = frozenset(relation for relation, _ in names)
    for one in list(mentions(select, relations)):
        if (name := names.get((one.table, one.name))) is not None:
            one.set("this", exp.to_identifier(name, quoted=True))
            one.set("table", exp.to_identifier(alias, quoted=True))
