"""Owns what a subquery is to the select around it: where it stands, what it takes from outside, what the engine can do itself.

The engine joins in by itself: any subquery that takes nothing from outside and gives one value; EXISTS and IN as a
whole condition of WHERE over a plain select; an aggregate over rows that are tied by equalities. Of the rest it
refuses much, and gets some wrong (NOT IN that takes from outside, EXISTS over an aggregate), so that is lowered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ..functions.python import PREFIX
from .context import Binding
from .folding import outside

WINDOWED = (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)
SETS = (exp.Union, exp.Except, exp.Intersect)
CONTEXTS = ("where", "expressions", "having", "qualify", "order", "group", "joins", "distinct", "windows")


@dataclass(frozen=True, slots=True)
class Site:
    """One subquery in an expression of a select.

    Args:
        node: what its value stands for: the subquery, EXISTS, IN, or a comparison with ANY or ALL.
        query: the query itself.
        kind: `scalar`, `exists`, `in` or `quantified`.
        clause: the argument of the select that it stands in.
        whole: whether it is a condition of WHERE on its own; `negated` says whether NOT is before it.
        aggregated: whether it stands inside an aggregate's argument.
    """

    node: exp.Expr
    query: exp.Expr
    kind: str
    clause: str
    whole: bool
    negated: bool
    aggregated: bool


def sites(binding: Binding, select: exp.Select) -> Iterator[Site]:
    """Yield the subqueries in a select's expressions, outermost ones only."""
    waiting: list[exp.Expr] = []
    for key in CONTEXTS:
        value = select.args.get(key)
        for one in value if type(value) is list else [value]:
            if isinstance(one, exp.Join):
                one = one.args.get("on")
            if isinstance(one, exp.Expr):
                waiting.append(one)
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query):
            yield _site(binding, select, node)
            if isinstance(node.parent, exp.In):
                waiting.append(node.parent.this)
            continue
        for value in node.args.values():
            parts = value if type(value) is list else (value,)
            waiting += [
                one
                for one in parts
                if isinstance(one, exp.Expr) and not (isinstance(node, exp.In) and value is node.this and _queried(node))
            ]


def _queried(node: exp.In) -> bool:
    return node.args.get("query") is not None


def _site(binding: Binding, select: exp.Select, query: exp.Expr) -> Site:
    node, kind, parent = query, "scalar", query.parent
    if isinstance(parent, exp.Exists):
        node, kind = parent, "exists"
    elif isinstance(parent, exp.In) and parent.args.get("query") is query:
        node, kind = parent, "in"
    elif isinstance(parent, exp.Any | exp.All) and parent.parent is not None:
        node, kind = parent.parent, "quantified"
    above, negated, aggregated = node, False, False
    at: exp.Expr = node
    whole = True
    while at.parent is not select and at.parent is not None:
        at = at.parent
        aggregated = aggregated or is_aggregate(binding, at)
        if isinstance(at, exp.Not) and at.this is above and not negated:
            negated, above = True, at
        elif isinstance(at, exp.Paren):
            above = at if above is at.this else above
        elif not isinstance(at, exp.And | exp.Where):
            whole = False
    clause = str(at.arg_key)
    return Site(node, bare_query(query), kind, clause, whole and clause == "where", negated, aggregated)


def bare_query(query: exp.Expr) -> exp.Expr:
    """Return a query without brackets round it that say nothing."""
    while isinstance(query, exp.Subquery) and not any(query.args.get(k) for k in ("order", "limit", "offset", "with_", "alias")):
        query = query.this
    return query


def own(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of a select's own expressions: not those of FROM, nor of queries inside of it."""
    waiting = [v for k, value in tree.args.items() if k not in ("from_", "joins", "with_") for v in _parts(value)]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, exp.Query):
            waiting += [v for value in node.args.values() for v in _parts(value)]


def _parts(value: object) -> list[exp.Expr]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, exp.Expr)]


def is_aggregate(binding: Binding, node: exp.Expr) -> bool:
    """Say whether a node is the call of an aggregate that is no window function."""
    if not isinstance(node, exp.Anonymous):
        return False
    known = binding.catalog.built_ins.get(str(node.this).lower())
    if known is None or known.kind != "aggregate":
        return False
    at = node.parent
    while isinstance(at, WINDOWED):
        at = at.parent
    return not isinstance(at, exp.Window)


def aggregates(binding: Binding, select: exp.Expr) -> list[exp.Expr]:
    """Return the aggregates of a select's own, without those that are window functions."""
    return [node for node in own(select) if is_aggregate(binding, node)]


def conjuncts(where: exp.Expr | None) -> list[exp.Expr]:
    """Return the conditions of a WHERE."""
    if where is None:
        return []
    found, waiting = [], [where.this]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, exp.And):
            waiting[:0] = [node.this, node.expression]
        elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
            waiting.insert(0, node.this)
        else:
            found.append(node)
    return found


def is_plain(binding: Binding, query: exp.Expr) -> bool:
    """Say whether a query is a select that takes from outside in conditions of its WHERE only, and makes no groups or order."""
    if not isinstance(query, exp.Select) or query.args.get("from_") is None:
        return False
    if any(query.args.get(k) for k in ("group", "having", "distinct", "limit", "offset", "qualify", "windows", "with_")):
        return False
    if aggregates(binding, query) or any(isinstance(node, exp.Window) for node in own(query)):
        return False
    return _takes_in_where(query)


def _takes_in_where(query: exp.Select) -> bool:
    taken = {id(column) for column in outside(query)}
    free = {id(c) for one in conjuncts(query.args.get("where")) if one.find(exp.Query) is None for c in one.find_all(exp.Column)}
    joined = [query.args["from_"].this, *(join.this for join in query.args.get("joins") or ())]
    odd = any(join.args.get("side") for join in query.args.get("joins") or ())  # the engine loses rows that an outer join keeps
    return taken <= free and not odd and not any(isinstance(node, exp.Unnest | exp.Lateral) for node in joined)


def is_tied(binding: Binding, query: exp.Expr) -> bool:
    """Say whether a query is one aggregate over rows that are tied to the outside by equalities, which the engine joins well."""
    if not isinstance(query, exp.Select) or query.args.get("from_") is None or len(query.expressions) != 1:
        return False
    if any(query.args.get(k) for k in ("group", "having", "distinct", "limit", "offset", "qualify", "windows", "with_", "order")):
        return False
    if not aggregates(binding, query) or any(isinstance(node, exp.Window) for node in own(query)) or not _takes_in_where(query):
        return False
    if any(isinstance(node, exp.Anonymous) and str(node.name).startswith(PREFIX) for node in own(query)):
        return False  # the engine would call Python over no rows while it plans
    taken = {id(column) for column in outside(query)}
    return all(
        _is_equality(one, taken) for one in conjuncts(query.args.get("where")) if any(id(c) in taken for c in one.find_all(exp.Column))
    )


def _is_equality(node: exp.Expr, taken: set[int]) -> bool:
    """Say whether a condition is that a column of the query equals one from outside."""
    sides = (node.this, node.expression) if isinstance(node, exp.EQ) else ()
    return [isinstance(side, exp.Column) for side in sides] == [True, True] and sum(id(side) in taken for side in sides) == 1
