"""Owns random subqueries: a seeded generator of queries whose subqueries take columns from outside, alike for treadle and DuckDB."""

from __future__ import annotations

import random

import pyarrow as pa

TABLES = {
    "a": pa.table(
        {
            "k": pa.array([1, 2, 2, None, 3, 5], pa.int64()),
            "v": pa.array([10, None, 3, 7, 0, 10], pa.int64()),
            "l": pa.array([[1, 2], [], None, [None, 3], [3], [2, 2]], pa.list_(pa.int64())),
        }
    ),
    "b": pa.table({"k": pa.array([1, 1, 2, None, 4, 3], pa.int64()), "v": pa.array([5, None, 3, 8, 10, 0], pa.int64())}),
    "c": pa.table({"k": pa.array([2, 3, 3, None], pa.int64()), "v": pa.array([1, 2, None, 4], pa.int64())}),
    "e": pa.table({"k": pa.array([], pa.int64()), "v": pa.array([], pa.int64())}),
}
COMPARISONS = ("=", "=", "<", ">", "<>", "<=", "IS NOT DISTINCT FROM")


class Subqueries:
    """A generator; equal seeds give equal queries."""

    def __init__(self, seed: int) -> None:
        """Begin with a seed."""
        self.rng = random.Random(seed)
        self.names = 0

    def one(self, *of: str) -> str:
        """Return one of some texts."""
        return self.rng.choice(of)

    def maybe(self, chance: float) -> bool:
        """Return True that often."""
        return self.rng.random() < chance

    def name(self) -> str:
        """Return a name that was not there before."""
        self.names += 1
        return f"r{self.names}"

    # -- parts ---------------------------------------------------------------------------

    def number(self, outer: list[str]) -> str:
        """Return a number made of columns."""
        text = f"{self.rng.choice(outer)}.{self.one('k', 'v')}"
        return f"{text} + {self.rng.randrange(3)}" if self.maybe(0.2) else text

    def test(self, mine: list[str], outer: list[str], depth: int) -> str:
        """Return a condition over relations of a query, most often with columns from outside."""
        left, right = self.number(mine), self.number(outer if self.maybe(0.8) else mine)
        text = f"{left} {self.one(*COMPARISONS)} {right}"
        if self.maybe(0.3):
            text = f"{text} {self.one('AND', 'OR')} {self.number(mine)} {self.one('>', 'IS NOT DISTINCT FROM')} {self.rng.randrange(5)}"
        if depth > 0 and self.maybe(0.25):
            text = f"({text}) AND {self.condition(mine + outer, depth - 1)}"
        return text

    def source(self, outer: list[str]) -> tuple[str, list[str]]:
        """Return what stands behind FROM in a subquery, and its relations."""
        first = self.name()
        text = f"{self.one('b', 'c', 'b', 'e')} AS {first}"
        if self.maybe(0.25):
            second = self.name()
            kind = self.one("JOIN", "LEFT JOIN", "JOIN")
            return f"{text} {kind} c AS {second} ON {second}.k {self.one('=', '>')} {first}.k", [first, second]
        return text, [first]

    def body(self, outer: list[str], depth: int) -> tuple[str, list[str]]:
        """Return `FROM … WHERE …` of a subquery, and its relations."""
        text, mine = self.source(outer)
        return f"FROM {text} WHERE {self.test(mine, outer, depth)}", mine

    def aggregate(self, mine: list[str], outer: list[str]) -> str:
        """Return an aggregate over a subquery's rows."""
        inner = self.number(mine)
        made = self.one("count(*)", f"count({inner})", f"max({inner})", f"sum({inner})", f"count(DISTINCT {inner})", f"min({inner})")
        if self.maybe(0.15):
            made = f"coalesce({made}, -1)"
        return f"{made} + {self.number(outer)}" if self.maybe(0.15) else made

    # -- subqueries ----------------------------------------------------------------------

    def scalar(self, outer: list[str], depth: int) -> str:
        """Return a subquery that gives one value for sure."""
        text, mine = self.body(outer, depth)
        if self.maybe(0.7):
            having = f" HAVING count(*) > {self.rng.randrange(2)}" if self.maybe(0.15) else ""
            return f"(SELECT {self.aggregate(mine, outer)} {text}{having})"
        order = ", ".join(f"{one}.{column} NULLS LAST" for one in mine for column in ("k", "v"))
        offset = " OFFSET 1" if self.maybe(0.3) else ""
        return f"(SELECT {self.number(mine)} {text} ORDER BY {order} LIMIT 1{offset})"

    def rows(self, outer: list[str], depth: int) -> str:
        """Return a subquery of one column and any number of rows."""
        text, mine = self.body(outer, depth)
        kind = self.rng.randrange(6)
        if kind == 0:
            return f"SELECT DISTINCT {self.number(mine)} {text}"
        if kind == 1:
            return f"SELECT {mine[0]}.k {text} GROUP BY {mine[0]}.k HAVING count(*) > {self.rng.randrange(2)}"
        if kind == 2:
            other, more = self.body(outer, 0)
            return f"SELECT {self.number(mine)} {text} {self.one('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT')} SELECT {more[0]}.k {other}"
        if kind == 3:
            return f"SELECT {self.aggregate(mine, outer)} {text}"
        return f"SELECT {self.number(mine)} {text}"

    def condition(self, outer: list[str], depth: int) -> str:
        """Return a condition with a subquery in it."""
        kind = self.rng.randrange(5)
        if kind == 0:
            return f"{self.one('', 'NOT ')}EXISTS ({self.rows(outer, depth)})"
        if kind == 1:
            return f"{self.number(outer)} {self.one('IN', 'NOT IN')} ({self.rows(outer, depth)})"
        if kind == 2:
            return f"{self.number(outer)} {self.one('<', '>=', '=', '<>')} {self.one('ANY', 'ALL')} ({self.rows(outer, depth)})"
        if kind == 3:
            return f"{self.scalar(outer, depth)} {self.one('>', '<=', '=')} {self.number(outer)}"
        return f"({self.condition(outer, 0)} OR {self.number(outer)} > 2)"

    # -- queries -------------------------------------------------------------------------

    def lateral(self, outer: list[str]) -> tuple[str, str]:
        """Return a LATERAL join and its relation."""
        name = self.name()
        text, mine = self.body(outer, 1)
        kind = self.rng.randrange(4)
        if kind == 0:
            query = f"SELECT count(*) AS k, {self.aggregate(mine, outer)} AS v {text}"
        elif kind == 1:
            order = ", ".join(f"{one}.{column} NULLS LAST" for one in mine for column in ("k", "v"))
            query = f"SELECT {mine[0]}.k, {self.number(mine)} AS v {text} ORDER BY {order} LIMIT {self.rng.randrange(1, 3)}"
        elif kind == 2:
            query = f"SELECT {mine[0]}.k, max({mine[0]}.v) AS v {text} GROUP BY {mine[0]}.k"
        else:
            query = f"SELECT {mine[0]}.k, {self.number(mine + outer)} AS v {text}"
        join = self.one("CROSS JOIN LATERAL", "LEFT JOIN LATERAL")
        return f"{join} ({query}) AS {name}{' ON true' if join[0] == 'L' else ''}", name

    def statement(self) -> str:
        """Return a whole query."""
        first = self.name()
        source, outer = f"a AS {first}", [first]
        if self.maybe(0.3):
            other = self.name()
            source += f" {self.one('JOIN', 'LEFT JOIN')} b AS {other} ON {other}.k = {first}.k"
            outer.append(other)
        extra = []
        if self.maybe(0.25):
            name = self.name()
            source += f" {self.one('CROSS JOIN', 'LEFT JOIN')} UNNEST({first}.l) AS {name}(k)"
            source += " ON true" if "LEFT JOIN UNNEST" in source else ""
            extra.append(f"{name}.k AS u")
        if self.maybe(0.4):
            join, name = self.lateral(outer)
            source += f" {join}"
            outer.append(name)
        items = [f"{one}.{column} AS {one}_{column}" for one in outer for column in ("k", "v")] + extra
        items += [f"{self.scalar(outer, 1)} AS s{at}" for at in range(self.rng.randrange(2))]
        items += [f"{self.condition(outer, 1)} AS c{at}" for at in range(self.rng.randrange(2))]
        where = f" WHERE {self.condition(outer, 1)}" if self.maybe(0.6) else ""
        if self.maybe(0.15):
            return f"SELECT {first}.k, count(*) AS n, {self.scalar_by_key(first)} AS s FROM {source}{where} GROUP BY {first}.k"
        return f"SELECT {', '.join(items)} FROM {source}{where}"

    def scalar_by_key(self, first: str) -> str:
        """Return a subquery that takes only the key of a group from outside."""
        inner = self.name()
        return (
            f"(SELECT {self.one('count(*)', 'max(' + inner + '.v)')} FROM b AS {inner} WHERE {inner}.k {self.one('=', '<', '>')} {first}.k)"
        )
