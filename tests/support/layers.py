"""Owns random chains of views, each with the query that says the same at once: what one view reads is written into it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.support.queries import Queries
from tests.support.query_expressions import Columns, spell


class Layers(Queries):
    """A generator of chains; equal seeds give equal ones."""

    def views(self, count: int) -> list[tuple[str, str]]:
        """Return names and texts of views, each of which may read those before it; the last one reads another for sure."""
        made: list[tuple[str, str]] = []
        while len(made) < count:
            self.ctes = []
            text, columns = self.query(1)
            reads = any(f"{name} AS " in text for name, _ in made)
            if not columns or (made and not reads):
                continue
            name = f"view{len(made) + 1}"
            made.append((name, spell(text, False)))
            self.tables[name] = {one.text: one.kind for one in columns}
        return made

    def relation(self, depth: int) -> tuple[str, Columns]:
        """Return one item of FROM, an earlier view more often than a table."""
        views = [name for name in self.tables if name.startswith("view")]
        if not views or self.maybe(0.4):
            return super().relation(depth)
        tables, self.tables = self.tables, {name: self.tables[name] for name in views}
        kept, self.ctes = self.ctes, []
        found = super().relation(0)
        self.tables, self.ctes = tables, kept
        return found

    def _joined(self, left: str, columns: Columns, right: str, more: Columns) -> tuple[str, Columns]:
        """Return a join, a cross join where a condition might have no column: such conditions are refused."""
        kinds = {one.kind for one in (*columns, *more)}
        if kinds >= {"int", "str", "date"}:
            return super()._joined(left, columns, right, more)
        return f"{left} CROSS JOIN {right}", (*columns, *more)

    def _with(self, depth: int) -> str:
        """Return a WITH whose names hide nothing: a view's text means the same wherever it is written."""
        parts = []
        for _ in range(self.rng.randrange(1, 3)):
            text, columns = self.query(depth - 1)
            name = self.name("c")
            parts.append(f"{name} AS ({text})")
            self.ctes = [*self.ctes, (name, columns)]
        return f"WITH {', '.join(parts)} "

    def parameters_declared(self) -> str:
        """Return a declaration of every parameter of the chain, its value the default."""
        return "\n".join(f"PARAM {name} {_kind(value)} DEFAULT {_literal(value)};" for name, value in self.parameters.items())


def _kind(value: object) -> str:
    if isinstance(value, list):
        return f"{_kind(next(iter(value), None))}[]"
    return {int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}.get(type(value), "BIGINT")


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else repr(value)


def at_once(views: Sequence[tuple[str, str]]) -> str:
    """Return the last view's query with everything that it reads written into it."""
    whole: dict[str, str] = {}
    for name, text in views:
        whole[name] = re.sub(r"\b(view[0-9]+) AS (?=r[0-9]+\b)", lambda found: f"({whole[found[1]]}) AS ", text)
    return whole[views[-1][0]]
