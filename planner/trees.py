"""Owns walking bound trees by scope: which tables they read, which names are common table expressions; and taking conditions apart.

In: bound trees. Out: references to views and relations; a name of a WITH hides them, as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ..dialect.walk import find_all

Frames = tuple[dict[str, exp.CTE], ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One table in a tree that is no common table expression.

    Args:
        node: the table's node.
        name: the view's or relation's real name.
        count: how often the engine comes to it: a common table expression is expanded at each use.
    """

    node: exp.Table
    name: str
    count: int = 1


def table_name(table: exp.Table) -> str:
    """Return the real name of a table node: its parts joined by points.

    >>> table_name(exp.to_table("staging.flights"))
    'staging.flights'
    """
    parts = [table.args.get("catalog"), table.args.get("db"), table.this]
    return ".".join(str(part.this) if isinstance(part, exp.Identifier) else str(part) for part in parts if part)


def walk_tables(tree: exp.Expr) -> Iterator[tuple[exp.Table, exp.CTE | None]]:
    """Yield every named table with the common table expression that its name means, or None, in textual order."""
    yield from _visit(tree, ())


def references(tree: exp.Expr) -> tuple[Reference, ...]:
    """Return the tables of a tree that mean views or relations, in textual order."""
    tables = list(walk_tables(tree))
    counts = _Counts(tables)
    return tuple(Reference(t, table_name(t), counts.of(t)) for t, cte in tables if cte is None)


def cte_counts(tree: exp.Expr) -> tuple[tuple[exp.CTE, int], ...]:
    """Return every common table expression of a tree with how often the engine expands it."""
    counts = _Counts(list(walk_tables(tree)))
    return tuple((cte, counts.cte(cte)) for cte in find_all(tree, exp.CTE))


class _Counts:
    """Counts how often the engine comes to a table, through the uses of the common table expressions around it."""

    def __init__(self, tables: list[tuple[exp.Table, exp.CTE | None]]) -> None:
        self.uses: dict[int, list[exp.Table]] = {}
        for table, cte in tables:
            if cte is not None and not _is_inside(table, cte):
                self.uses.setdefault(id(cte), []).append(table)
        self.known: dict[int, int] = {}

    def of(self, table: exp.Table) -> int:
        if not self.uses:
            return 1
        cte = table.find_ancestor(exp.CTE)
        return 1 if cte is None else self.cte(cte)

    def cte(self, cte: exp.CTE) -> int:
        if id(cte) not in self.known:
            self.known[id(cte)] = sum(self.of(use) for use in self.uses.get(id(cte), ()))
        return self.known[id(cte)]


def _is_inside(node: exp.Expr, ancestor: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not ancestor:
        at = at.parent
    return at is ancestor


def _visit(root: exp.Expr, frames: Frames) -> Iterator[tuple[exp.Table, exp.CTE | None]]:
    waiting: list[tuple[exp.Expr, Frames]] = [(root, frames)]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            yield node, _meaning(node, around)
        with_ = node.args.get("with_")
        inner = around
        first: list[tuple[exp.Expr, Frames]] = []
        if with_ is not None:
            frame: dict[str, exp.CTE] = {}
            for cte in with_.expressions:
                seen = {**frame, cte.alias: cte} if with_.args.get("recursive") else dict(frame)
                first.append((cte.this, (*around, seen)))
                frame[cte.alias] = cte
            inner = (*around, frame)
        for value in reversed(node.args.values()):
            if type(value) is list:
                waiting += [(one, inner) for one in reversed(value) if isinstance(one, exp.Expr)]
            elif isinstance(value, exp.Expr) and value is not with_:
                waiting.append((value, inner))
        waiting.extend(reversed(first))


def _meaning(table: exp.Table, frames: Frames) -> exp.CTE | None:
    if table.args.get("db"):
        return None
    for frame in reversed(frames):
        if table.name in frame:
            return frame[table.name]
    return None


def output_names(query: exp.Expr) -> tuple[str, ...]:
    """Return the output names of a bound query: aliases of its first SELECT."""
    select = first_select(query)
    return tuple(item.alias_or_name for item in select.expressions) if select is not None else ()


def first_select(query: exp.Expr) -> exp.Select | None:
    """Return the SELECT that names a query's columns, looking through set operations and brackets; None for VALUES."""
    at: exp.Expr | None = query
    while at is not None and not isinstance(at, exp.Select):
        at = at.this if isinstance(at, exp.SetOperation | exp.Subquery) else None
    return at


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """Return the tests that a condition joins by AND, out of their brackets, in textual order; none without a condition."""
    return _joined(condition, exp.And)


def disjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """Return the tests that a condition joins by OR, out of their brackets, in textual order."""
    return _joined(condition, exp.Or)


def _joined(condition: exp.Expr | None, by: type[exp.And] | type[exp.Or]) -> list[exp.Expr]:
    found, waiting = [], [condition] if condition is not None else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, by):
            waiting += [one.expression, one.this]
        elif isinstance(one, exp.Paren):
            waiting.append(one.this)
        else:
            found.append(one)
    return found
