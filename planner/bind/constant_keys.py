"""Owns keys of ORDER BY and of windows that are the same in every row, or stand there twice: they are left out.

They decide nothing, and the engine can't plan a sort over a hash join by constants of both its sides ("does not satisfy
order requirements"), nor run an aggregate that sorts by one of them ("number of columns must match"). Constants
are followed through views, names of WITH and derived tables, not through outer joins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from ...dialect.walk import find_all
from ..trees import table_name, walk_tables
from .context import Binding, Catalog
from .correlation import aggregates

Names = frozenset[str]
NONE: Names = frozenset()
VARYING = (exp.Query, exp.Window, exp.AggFunc, exp.Unnest, exp.Lambda, exp.Star)
ROW_MAKERS = frozenset({"unnest", "explode"})
DROPPED = "dropped_keys"
"""The `meta` of a window that holds relation and name of the columns that it went by, and that are constants."""


def drop_constant_keys(binding: Binding, tree: exp.Expr) -> None:
    """Leave useless keys out of every select of a bound tree, in place."""
    reader = _Reader(binding.catalog, tree)
    for key in [key for select in find_all(tree, exp.Select) for key in reader.useless_inside(select)]:
        key.pop()
    for key in [key for select in find_all(tree, exp.Select) for key in _repeats_in_distinct_on(select)]:
        key.pop()
    plain = [select for select in find_all(tree, exp.Select) if not _is_summed_up(binding, select)]
    for key in [key for select in plain for key in reader.useless(select)]:
        holder, at = key.parent, str(key.arg_key)
        assert holder is not None
        window = holder if isinstance(holder, exp.Window) else holder.parent
        if isinstance(window, exp.Window):
            window.meta[DROPPED] = window.meta.get(DROPPED, NONE) | {(one.table, one.name) for one in key.find_all(exp.Column)}
        left = [one for one in holder.args[at] if one is not key]
        holder.set(at, left or None)
        if not left and isinstance(holder, exp.Order):
            holder.pop()


def _is_summed_up(binding: Binding, select: exp.Select) -> bool:
    """Say whether a select groups rows or leaves out repeats, so that not every column may stand in its keys."""
    return any(select.args.get(key) for key in ("group", "having", "distinct")) or bool(aggregates(binding, select))


def _repeats_in_distinct_on(select: exp.Select) -> list[exp.Expr]:
    """Return the keys of a DISTINCT ON and of its ORDER BY that stand there twice: the engine aggregates by them, and panics."""
    distinct, order = select.args.get("distinct"), select.args.get("order")
    on = distinct.args.get("on") if distinct is not None else None
    if on is None:
        return []
    found: list[exp.Expr] = []
    for keys in (on.expressions, order.expressions if order is not None else ()):
        seen: list[exp.Expr] = []
        for key in keys:
            bare = key.this if isinstance(key, exp.Ordered) else key
            (found if bare in seen else seen).append(key if bare in seen else bare)
    return found


def constants_of(catalog: Catalog, tree: exp.Expr) -> Names:
    """Return the output columns of a bound query that have one value in all its rows."""
    return _Reader(catalog, tree).constants(tree)


class _Reader:
    """Tells which columns of the queries in one tree are constants."""

    def __init__(self, catalog: Catalog, tree: exp.Expr) -> None:
        self.catalog = catalog
        self.meant = {id(table): cte for table, cte in walk_tables(tree)}
        self.done: dict[int, Names] = {}

    def constants(self, query: exp.Expr) -> Names:
        """Return the output columns of a query that have one value in all its rows."""
        if id(query) not in self.done:
            self.done[id(query)] = NONE  # what a recursive query reads of itself
            self.done[id(query)] = self._constants(query)
        return self.done[id(query)]

    def _constants(self, query: exp.Expr) -> Names:
        if isinstance(query, exp.Subquery):
            return self.constants(query.this)
        group = query.args.get("group")
        if not isinstance(query, exp.Select) or (group is not None and any(group.args.get(k) for k in ("cube", "rollup", "grouping_sets"))):
            return NONE
        scope = self._scope(query)
        return frozenset(one.alias for one in query.expressions if isinstance(one, exp.Alias) and self._is_constant(one.this, scope))

    def _scope(self, select: exp.Select) -> Mapping[str, Names]:
        """Return the constants of each relation of a select; none where an outer join may put NULL for them."""
        joins = select.args.get("joins") or ()
        sides = [str(join.args.get("side") or "").upper() for join in joins]
        if select.args.get("from_") is None or any(side in ("RIGHT", "FULL") for side in sides):
            return {}
        inner = [select.args["from_"].this, *(join.this for join, side in zip(joins, sides, strict=True) if not side)]
        return {one.alias_or_name: self._of(one) for one in inner}

    def _of(self, relation: exp.Expr) -> Names:
        alias = relation.args.get("alias")
        if (alias is not None and alias.args.get("columns")) or relation.args.get("joins"):
            return NONE
        if isinstance(relation, exp.Subquery):
            return self.constants(relation.this)
        if not isinstance(relation, exp.Table):
            return NONE
        cte = self.meant.get(id(relation))
        if cte is None:
            return self.catalog.constants.get(table_name(relation), NONE)
        return NONE if cte.args["alias"].args.get("columns") else self.constants(cte.this)

    def _is_constant(self, tree: exp.Expr, scope: Mapping[str, Names]) -> bool:
        return all(self._is_steady(node, scope) for node in tree.walk())

    def _is_steady(self, node: exp.Expr, scope: Mapping[str, Names]) -> bool:
        if isinstance(node, exp.Column):
            return node.name in scope.get(node.table, NONE)
        return not isinstance(node, VARYING) and not (isinstance(node, exp.Anonymous) and self._varies(node))

    def _varies(self, call: exp.Anonymous) -> bool:
        known = self.catalog.built_ins.get(str(call.this).lower())
        return known is None or known.kind != "scalar" or known.volatility == "volatile" or known.name.lower() in ROW_MAKERS

    def useless(self, select: exp.Select) -> list[exp.Expr]:
        """Return the keys of a select's ORDER BY and windows that are constants; each window keeps one key of its order."""
        scope, found = self._scope(select), list[exp.Expr]()
        if select.args.get("order") is not None:
            found += [one for one in select.args["order"].expressions if self._sorts_nothing(one.this, select, scope)]
        for window in _own(select, exp.Window):
            found += [one for one in window.args.get("partition_by") or () if self._is_constant(one, scope)]
            order = window.args.get("order")
            keys = list(order.expressions) if order is not None else []
            steady = [one for one in keys if self._is_constant(one.this, scope)]
            found += steady if len(steady) < len(keys) else steady[1:]
        return found

    def useless_inside(self, select: exp.Select) -> list[exp.Expr]:
        """Return the keys of the orders inside of a select's aggregates that are constants or repeat one; each order keeps one key."""
        scope, found = self._scope(select), list[exp.Expr]()
        for order in _own(select, exp.Order):
            if order.args.get("this") is None:  # of a window, or the select's own
                continue
            keys: list[exp.Expr] = []
            for key in order.expressions:
                seen = any(key.this == one.this for one in keys)
                (found if seen or self._is_constant(key.this, scope) else keys).append(key)
            if not keys:
                found.remove(order.expressions[0])
        return found

    def _sorts_nothing(self, key: exp.Expr, select: exp.Select, scope: Mapping[str, Names]) -> bool:
        if isinstance(key, exp.Literal):
            return not key.is_string and self._is_constant(select.expressions[int(str(key.this)) - 1].unalias(), scope)
        return self._is_constant(key, scope)


def _own(select: exp.Select, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield the nodes of a kind in a select's own expressions."""
    waiting = [value for key, value in select.args.items() if key not in ("from_", "joins", "with_")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, exp.Expr) and not isinstance(value, exp.Query):
            if isinstance(value, kind):
                yield value
            waiting += list(value.args.values())
