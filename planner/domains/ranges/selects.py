"""Owns the walk over a view's selects: each of their joins, and each EXISTS, is looked at for a range between two relations."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ....dialect.nodes import clone
from ...trees import conjuncts
from ...views import PlannedView
from ..base import NOTHING, Claim, DomainContext, Outcome
from .apply import claim
from .conditions import find_range
from .site import Site, own_relations
from .work import Declined, Work

_TESTS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with its range joins as equality joins of buckets."""
    kinds = {type(node) for node in view.nodes}
    if not kinds & set(_TESTS) or not kinds & {exp.Join, exp.Exists}:
        return NOTHING
    tree = clone(view.tree)
    taken = frozenset(str(node.this) for node in view.nodes if isinstance(node, exp.Identifier))
    work = Work(view, context, tree, taken=taken)
    for select in reversed([node for node in tree.walk(bfs=True) if isinstance(node, exp.Select)]):
        if _is_recursive(select):
            continue
        _plan_select(work, select)
    changed = any(one.planned for one in work.claims)
    return Outcome(work.tree if changed else None, tuple(work.claims))


def _plan_select(work: Work, select: exp.Select) -> None:
    """Look at one range after the other; each may change which relations there are."""
    done: list[exp.Expr] = []
    while waiting := [one for one in sites(select, work.context.rules.aggregates) if not any(one.at is at for at in done)]:
        done.append(waiting[0].at)
        _try(work, waiting[0])


def _is_recursive(select: exp.Select) -> bool:
    """Say whether a select stands in a common table expression that reads itself: its rows change while it is computed."""
    at = select.find_ancestor(exp.CTE)
    while at is not None:
        with_ = at.parent
        name = at.alias
        if with_ is not None and with_.args.get("recursive") and any(one.name == name for one in at.this.find_all(exp.Table)):
            return True
        at = at.find_ancestor(exp.CTE)
    return False


def _try(work: Work, site: Site) -> None:
    try:
        work.claims.append(Claim(True, claim(work, site)))
    except Declined as reason:
        work.claims.append(Claim(False, str(reason)))


def sites(select: exp.Select, aggregates: frozenset[str]) -> list[Site]:
    """Return the ranges between relations of a select, and between it and what an EXISTS of its WHERE reads.

    Args:
        select: the select.
        aggregates: names of aggregate functions, in lower case.
    """
    relations = own_relations(select)
    found = []
    joins = list(select.args.get("joins") or ())
    for at, join in enumerate(joins):
        earlier = [name for name in relations if relations[name] not in [one.this for one in joins[at:]]]
        found += _of_join(select, join, earlier)
    for test in conjuncts(select.args["where"].this) if select.args.get("where") is not None else ():
        exists = test.this if isinstance(test, exp.Not) else test
        if isinstance(exists, exp.Exists) and isinstance(exists.this, exp.Select) and not _has_aggregate(exists.this, aggregates):
            found += _of_exists(select, test, exists.this, relations)
    return found


def _has_aggregate(query: exp.Select, aggregates: frozenset[str]) -> bool:
    """Say whether a query has a row whatever it reads."""
    calls = (call for item in query.expressions for call in item.find_all(exp.Anonymous))
    return any(str(call.name).lower() in aggregates for call in calls)


def _of_join(select: exp.Select, join: exp.Join, earlier: list[str]) -> list[Site]:
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    if join.args.get("method") or join.args.get("using"):
        return []
    how = kind if kind in ("SEMI", "ANTI") else side or "INNER"
    tests = conjuncts(join.args.get("on"))
    if how == "INNER" and select.args.get("where") is not None:
        tests += conjuncts(select.args["where"].this)
    right = str(join.this.alias_or_name)
    known = _meaning(select)
    for left in earlier:
        range_ = find_range(tests, left, right, known)
        if range_ is not None:
            return [Site(how, select, select, range_, join, tests)]
    return []


def _of_exists(select: exp.Select, test: exp.Expr, query: exp.Select, relations: dict[str, exp.Expr]) -> list[Site]:
    inner, where = own_relations(query), query.args.get("where")
    if where is None or any(query.args.get(key) for key in ("group", "having", "limit", "offset", "qualify", "with_")):
        return []
    tests = conjuncts(where.this)
    inside, outside = _meaning(query), _meaning(select)

    def known(column: exp.Column) -> str | None:
        return inside(column) or outside(column)

    for right in inner:
        for left in relations:
            if left in inner:
                continue
            range_ = find_range(tests, left, right, known)
            if range_ is not None:
                how = "ANTI" if isinstance(test, exp.Not) else "SEMI"
                return [Site(how, select, query, range_, test, tests)]
    return []


def _meaning(select: exp.Select) -> Callable[[exp.Column], str | None]:
    names = frozenset(own_relations(select))
    return lambda column: column.table if column.table in names else None
