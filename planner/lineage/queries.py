"""Owns the flow through a query: FROM and joins, SELECT, set operations, VALUES, common table expressions.

In: a bound query. Out: its `Flow`, in terms of the views, sources and parameters that it
reads. Row-level clauses go to the rows once, not to every column.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..trees import table_name
from .expressions import Windows, aggregates, dependencies, unnests
from .flow import NONE, Flow, Influences, Scope, marked
from .graph import Kind

Frames = tuple[dict[str, Flow], ...]
Read = Callable[[str], Flow]

CLAUSES: tuple[tuple[str, Kind], ...] = (
    ("where", "filter"), ("having", "filter"), ("qualify", "filter"), ("limit", "filter"), ("offset", "filter"), ("fetch", "filter"),
    ("order", "order"), ("sort", "order"), ("cluster", "group"), ("distribute", "group"), ("prewhere", "filter"), ("sample", "filter"),
)  # fmt: skip
NAMING: tuple[tuple[str, Kind], ...] = (
    ("group", "group"), ("distinct", "group"), ("having", "filter"), ("qualify", "filter"), ("order", "order"),
)  # fmt: skip
"""Clauses where a position or an alias means an output column."""


class Tracer:
    """Follows one query.

    Args:
        read: gives the flow of a view or relation by its name.
        aggregate_names: names of aggregate functions, lower case.
        frames: common table expressions in sight, inner ones last.
    """

    def __init__(self, read: Read, aggregate_names: frozenset[str], frames: Frames = ()) -> None:
        """Read nothing yet."""
        self.read, self.aggregate_names, self.frames = read, aggregate_names, frames

    def flow(self, query: exp.Expr, outer: Scope) -> Flow:
        """Return the flow of a query or relation that stands in a scope."""
        inner = self._with(query, outer)
        if isinstance(query, exp.Select):
            return inner._select(query, outer)
        if isinstance(query, exp.SetOperation):
            return inner._ending(query, inner._set_operation(query, outer), outer)
        if isinstance(query, exp.Subquery | exp.Paren):
            return inner._ending(query, _aliased(query, inner.flow(query.this, outer)), outer)
        if isinstance(query, exp.Values):
            return _aliased(query, inner._values(query, outer))
        if isinstance(query, exp.Table) and isinstance(query.this, exp.Identifier):
            return _aliased(query, inner._table(query))
        if isinstance(query, exp.Lateral):
            return _aliased(query, inner.flow(query.this, outer))
        return inner._unknown(query, outer)

    def _with(self, query: exp.Expr, outer: Scope) -> Tracer:
        with_ = query.args.get("with_")
        if with_ is None:
            return self
        frame: dict[str, Flow] = {}
        inner = Tracer(self.read, self.aggregate_names, (*self.frames, frame))
        for cte in with_.expressions:
            frame[str(cte.alias)] = inner._common(cte, bool(with_.args.get("recursive")), outer)
        return inner

    def _common(self, cte: exp.Expr, recursive: bool, outer: Scope) -> Flow:
        if not recursive:
            return _aliased(cte, self.flow(cte.this, outer))
        first = _first_branch(cte.this)
        known = _aliased(cte, Flow(tuple((str(item.alias_or_name), NONE) for item in first.expressions) if first is not None else ()))
        while True:  # sets of influences only grow, and there are finitely many
            inner = Tracer(self.read, self.aggregate_names, (*self.frames, {str(cte.alias): known}))
            found = _aliased(cte, inner.flow(cte.this, outer))
            if found == known:
                return found
            known = found

    def _table(self, table: exp.Table) -> Flow:
        name = table_name(table)
        if not table.args.get("db"):
            for frame in reversed(self.frames):
                if name in frame:
                    return Flow(frame[name].columns, frame[name].rows)
        return self.read(name)

    def _unknown(self, node: exp.Expr, outer: Scope) -> Flow:
        """Return a flow where everything inside influences everything: UNNEST and forms that nothing is known of."""
        parts = (one for value in node.args.values() for one in (value if type(value) is list else (value,)))
        found = NONE.union(*(dependencies(part, outer, self.flow) for part in parts if isinstance(part, exp.Expr)))
        flow = Flow((("?", found),), marked(found, "join"))
        alias = node.args.get("alias")
        names = [str(one.name) for one in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []
        return Flow(tuple((name, found) for name in names), flow.rows) if names else flow

    # -- SELECT --------------------------------------------------------------------------

    def _select(self, select: exp.Select, outer: Scope) -> Flow:
        scope, rows = self._from(select, outer)
        windows: Windows = tuple(select.args.get("windows") or ())
        columns = []
        for item in select.expressions:
            found = dependencies(item, scope, self.flow, windows=windows)
            rows |= marked(found, "value") if unnests(item) else NONE
            columns.append((str(item.alias_or_name), found))
        flow = Flow(tuple(columns), rows | self._grouping(select, scope, columns), self._own(select))
        return self._ending(select, flow, scope)

    def _from(self, select: exp.Select, outer: Scope) -> tuple[Scope, Influences]:
        first = select.args.get("from_")
        relations: list[tuple[str, Flow]] = []
        rows = NONE
        if first is not None:
            rows = self._add(first.this, relations, outer)
        for node in (*(select.args.get("joins") or ()), *(select.args.get("laterals") or ())):
            rows |= self._join(node, relations, outer)
        return Scope(tuple(relations), outer), rows

    def _add(self, node: exp.Expr, relations: list[tuple[str, Flow]], outer: Scope) -> Influences:
        """Add a relation of FROM with what is joined to it in brackets; return what influences its rows."""
        if isinstance(node, exp.Subquery | exp.Paren) and isinstance(node.this, exp.Table):
            before = len(relations)
            rows = self._add(node.this, relations, outer)
            if node.alias:
                inside = tuple(column for _, flow in relations[before:] for column in flow.columns)
                relations.append((str(node.alias), _aliased(node, Flow(inside))))
        else:
            flow = self.flow(node, Scope(tuple(relations), outer))
            relations.append((str(node.alias_or_name), flow))
            rows = flow.rows
        for join in node.args.get("joins") or ():
            rows |= self._join(join, relations, outer)
        return rows

    def _join(self, join: exp.Expr, relations: list[tuple[str, Flow]], outer: Scope) -> Influences:
        if not isinstance(join, exp.Join):
            return self._add(join, relations, outer)
        halved = str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI")
        rows = self._add(join.this, relations, outer)
        kind: Kind = "filter" if halved else "join"
        rows = marked(rows, "filter") if halved else rows
        scope = Scope(tuple(relations), outer)
        for name in join.args.get("using") or ():
            found = NONE.union(*(flow.column(str(name.name)) for _, flow in relations))
            rows |= marked(found, kind)
        rows |= dependencies(join.args.get("on"), scope, self.flow, kind)
        return rows | dependencies(join.args.get("match_condition"), scope, self.flow, kind)

    def _grouping(self, select: exp.Select, scope: Scope, columns: list[tuple[str, Influences]]) -> Influences:
        found = NONE
        group = select.args.get("group")
        if group is not None:
            found |= self._clause(group, scope, columns, "group", ())
            if group.args.get("all"):
                keys = [c for item, (_, c) in zip(select.expressions, columns, strict=True) if not aggregates(item, self.aggregate_names)]
                found |= marked(NONE.union(*keys), "group")
        distinct = select.args.get("distinct")
        if distinct is not None:
            every = NONE.union(*(c for _, c in columns)) if distinct.args.get("on") is None else NONE
            found |= marked(every, "group") | self._clause(distinct, scope, columns, "group", ())
        return found

    def _clause(self, node: exp.Expr, scope: Scope, columns: list[tuple[str, Influences]], kind: Kind, windows: Windows) -> Influences:
        found = dependencies(node, scope, self.flow, kind, windows)
        for at in _positions(node, len(columns)):
            found |= marked(columns[at][1], kind)
        return found

    def _own(self, select: exp.Select) -> frozenset[tuple[int, Kind]]:
        """Return the output columns whose expressions also decide about rows."""
        own: set[tuple[int, Kind]] = set()
        every = range(len(select.expressions))
        group, distinct = select.args.get("group"), select.args.get("distinct")
        if (distinct is not None and distinct.args.get("on") is None) or (group is not None and group.args.get("all")):
            own |= {(at, "group") for at in every}
        own |= {(at, "value") for at in every if unnests(select.expressions[at])}
        made = [at for at in every if aggregates(select.expressions[at], self.aggregate_names)]
        if group is None and len(made) == 1:
            own.add((made[0], "group"))
        for key, kind in NAMING:
            node = select.args.get(key)
            if node is not None:
                own |= {(at, kind) for at in (*_positions(node, len(every)), *_named_again(node, select, key))}
        return frozenset(own)

    def _ending(self, query: exp.Expr, flow: Flow, scope: Scope) -> Flow:
        """Add the clauses that decide about rows after they are made."""
        columns = list(flow.columns)
        windows: Windows = tuple(query.args.get("windows") or ())
        seen = scope if isinstance(query, exp.Select) else Scope((("", Flow(flow.columns)),), scope)
        rows, own = flow.rows, flow.own
        for key, kind in CLAUSES:
            node = query.args.get(key)
            if isinstance(node, exp.Expr):
                rows |= self._clause(node, seen, columns if key == "order" else [], kind, windows)
            if node is not None and key == "order" and not isinstance(query, exp.Select):
                own |= {(at, kind) for at in range(len(columns))}
        return Flow(flow.columns, rows, own)

    # -- other queries -------------------------------------------------------------------

    def _set_operation(self, query: exp.SetOperation, outer: Scope) -> Flow:
        left, right = self.flow(query.left, outer), self.flow(query.right, outer)
        columns = list(left.columns)
        places = dict(enumerate(range(len(right.columns))))
        if query.args.get("by_name"):
            names = [name for name, _ in left.columns]
            for at, (name, _) in enumerate(right.columns):
                near = next((i for i, own in enumerate(names) if own.lower() == name.lower()), None)
                places[at] = len(columns) if near is None else near
                columns += [(name, NONE)] if near is None else []
        rows = left.rows | right.rows
        unites = isinstance(query, exp.Union)
        every = left.everything() | right.everything()
        for at, (_, found) in enumerate(right.columns):
            to = min(places[at], len(columns) - 1)
            if unites and columns:
                columns[to] = (columns[to][0], columns[to][1] | found)
        own = left.own | {(places[at], kind) for at, kind in right.own}
        kind: Kind = "group" if unites else "filter"
        if not unites or query.args.get("distinct") is not False:
            rows |= marked(every, kind)
            own |= {(at, kind) for at in range(len(columns))}
        return Flow(tuple(columns), rows, own)

    def _values(self, values: exp.Values, outer: Scope) -> Flow:
        columns: list[Influences] = []
        for row in values.expressions:
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            for at, cell in enumerate(cells):
                found = dependencies(cell, outer, self.flow)
                columns[at:] = [columns[at] | found, *columns[at + 1 :]] if at < len(columns) else [found]
        return Flow(tuple((f"column{at + 1}", found) for at, found in enumerate(columns)))


def _aliased(node: exp.Expr, flow: Flow) -> Flow:
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return flow.named(str(one.name) for one in columns) if columns else flow


def _first_branch(query: exp.Expr) -> exp.Select | None:
    while not isinstance(query, exp.Select):
        if not isinstance(query, exp.SetOperation | exp.Subquery):
            return None
        query = query.this
    return query


def _positions(node: exp.Expr, count: int) -> list[int]:
    """Return the output positions that ORDER BY or GROUP BY names as numbers."""
    items = [one.this if isinstance(one, exp.Ordered) else one for one in node.expressions]
    numbers = [int(one.name) for one in items if isinstance(one, exp.Literal) and not one.is_string and str(one.name).isdigit()]
    return [number - 1 for number in numbers if 0 < number <= count]


def _named_again(node: exp.Expr, select: exp.Select, key: str) -> list[int]:
    """Return the positions whose expression stands in a clause again: an alias that the binder wrote out in brackets."""
    made = [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]
    kinds = exp.Expr if key in ("group", "distinct") else exp.Paren
    parts = {part.this if isinstance(part, exp.Paren) else part for part in node.find_all(kinds)}
    return [at for at, one in enumerate(made) if one in parts]
