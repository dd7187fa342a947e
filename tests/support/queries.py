"""Owns random queries: a seeded generator of typed SELECTs over three small tables, in treadle's and DuckDB's spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.support.query_expressions import ORDERED, TEXTS, Column, Columns, Expressions, both


class Queries(Expressions):
    """A generator; equal seeds give equal queries."""

    # -- relations ---------------------------------------------------------------------------

    def relation(self, depth: int) -> tuple[str, Columns]:
        """Return one item of FROM and its columns, named through a fresh alias."""
        alias = self.name("r")
        if self.ctes and self.maybe(0.5):
            name, columns = self.rng.choice(self.ctes)
            return f"{name} AS {alias}", _under(alias, columns)
        if depth > 0 and self.maybe(0.3):
            text, columns = self.query(depth - 1)
            return f"({text}) AS {alias}", _under(alias, columns)
        taken = {name for name, _ in self.ctes}
        unshadowed = [name for name in self.tables if name not in taken]
        if not unshadowed:
            name, columns = self.rng.choice(self.ctes)
            return f"{name} AS {alias}", _under(alias, columns)
        table = self.rng.choice(unshadowed)
        return f"{table} AS {alias}", tuple(Column(f"{alias}.{name}", kind) for name, kind in self.tables[table].items())

    def source(self, depth: int) -> tuple[str, Columns]:
        """Return what stands after FROM, and the columns in sight."""
        text, columns = self.relation(depth)
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            other, more = self.relation(depth)
            text, columns = self._joined(text, columns, other, more)
        return text, columns

    def _joined(self, left: str, columns: Columns, right: str, more: Columns) -> tuple[str, Columns]:
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "SEMI", "ANTI", "USING", ",")
        if kind in ("CROSS JOIN", ","):
            return f"{left} {kind} {right}", (*columns, *more)
        if kind == "USING":
            return self._using(left, columns, right, more)
        shared = self.rng.choice(("int", "str", "date"))
        condition = f"{self.column(columns, shared)} = {self.column(more, shared)}"
        if kind in ("SEMI", "ANTI"):
            condition = f"{condition} AND {self.expression(more, 'bool', 1)}" if self.maybe(0.3) else condition
            return f"{left} {both(f'LEFT {kind} JOIN', f'{kind} JOIN')} {right} ON {condition}", columns
        if self.maybe(0.4):
            condition += f" AND {self.expression((*columns, *more), 'bool', 1)}"
        return f"{left} {kind} {right} ON {condition}", (*columns, *more)

    def _using(self, left: str, columns: Columns, right: str, more: Columns) -> tuple[str, Columns]:
        def names(of: Columns) -> dict[str, str]:
            return {c.text.split(".", 1)[1]: c.kind for c in of if "." in c.text}

        common = [n for n, kind in names(columns).items() if names(more).get(n) == kind and kind in ("int", "str", "bool", "date")]
        once = [n for n in common if sum(c.text.endswith(f".{n}") or c.text == n for c in columns) == 1]
        if not once:
            return f"{left} CROSS JOIN {right}", (*columns, *more)
        chosen = self.rng.sample(once, min(len(once), self.rng.randrange(1, 3)))
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        rest = tuple(c for c in (*columns, *more) if c.text.split(".", 1)[-1] not in chosen)
        merged = tuple(Column(n, names(columns)[n]) for n in chosen)
        return f"{left} {kind} {right} USING ({', '.join(chosen)})", (*merged, *rest)

    # -- queries -----------------------------------------------------------------------------

    def statement(self) -> str:
        """Return a whole query."""
        return self.query(2)[0]

    def query(self, depth: int) -> tuple[str, Columns]:
        """Return a query and its output columns."""
        kept = list(self.ctes)
        head = ""
        if depth > 0 and self.maybe(0.3):
            head = self._with(depth)
        text, columns = self._set_operation(depth) if depth > 0 and self.maybe(0.2) else self.select(depth)
        self.ctes = kept
        return head + text, columns

    def _with(self, depth: int) -> str:
        parts = []
        for _ in range(self.rng.randrange(1, 3)):
            text, columns = self.query(depth - 1)
            name = self.one(self.name("c"), "shadow", *self.tables)
            if any(part.startswith(f"{name} ") for part in parts):
                name = self.name("c")
            parts.append(f"{name} AS ({text})")
            self.ctes = [(n, c) for n, c in self.ctes if n != name] + [(name, columns)]
        return f"WITH {', '.join(parts)} "

    def _set_operation(self, depth: int) -> tuple[str, Columns]:
        kinds = [self.rng.choice(ORDERED) for _ in range(self.rng.randrange(1, 4))]
        names = self.rng.sample(TEXTS, len(kinds))
        text = self._branch(kinds, names, depth)
        for _ in range(self.rng.choice((1, 1, 2))):
            operator = self.one(
                "UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "INTERSECT ALL", "UNION BY NAME", "UNION ALL BY NAME"
            )
            if "BY NAME" in operator:
                order = self.rng.sample(range(len(kinds)), len(kinds))
                branch = self._branch([kinds[i] for i in order], [names[i] for i in order], depth)
                text = f"({text}) {operator} ({branch})"
            else:
                text = f"{text} {operator} {self._branch(kinds, names, depth)}"
        return text, tuple(Column(n, k) for n, k in zip(names, kinds, strict=True))

    def _branch(self, kinds: Sequence[str], names: Sequence[str], depth: int) -> str:
        source, columns = self.source(0)
        items = ", ".join(f"{self.expression(columns, k, 1)} AS {n}" for k, n in zip(kinds, names, strict=True))
        return f"SELECT {items} FROM {source}{self._where(columns, 1)}"

    def _where(self, columns: Columns, depth: int) -> str:
        return f" WHERE {self.expression(columns, 'bool', depth)}" if self.maybe(0.5) else ""

    def select(self, depth: int) -> tuple[str, Columns]:
        """Return one SELECT and its output columns."""
        forms: list[Callable[[str, Columns], tuple[str, Columns]]] = [
            self._plain,
            self._plain,
            self._grouped,
            self._grouped,
            self._windowed,
            self._starred,
        ]
        return self.rng.choice(forms)(*self.source(depth))

    def _items(self, columns: Columns, count: int) -> tuple[list[str], Columns]:
        kinds = [self.rng.choice(ORDERED) for _ in range(count)]
        names = self.rng.sample(TEXTS, count)
        texts = [self.expression(columns, kind) for kind in kinds]
        return texts, tuple(Column(n, k) for n, k in zip(names, kinds, strict=True))

    def _plain(self, source: str, columns: Columns) -> tuple[str, Columns]:
        texts, made = self._items(columns, self.rng.randrange(1, 5))
        items = ", ".join(f"{t} AS {c.text}" for t, c in zip(texts, made, strict=True))
        if self.maybe(0.15) and re.search(r"\br\d+\.", texts[0]):  # over a constant DuckDB keeps any row
            return f"SELECT DISTINCT ON ({texts[0]}) {items} FROM {source}{self._where(columns, 2)} ORDER BY {self._order(texts)}", made
        distinct = "DISTINCT " if self.maybe(0.2) else ""
        return f"SELECT {distinct}{items} FROM {source}{self._where(columns, 2)}{self._limit(made)}", made

    def _starred(self, source: str, columns: Columns) -> tuple[str, Columns]:
        """Return a star with modifiers, over a derived table, so that no two names are equal."""
        texts, made = self._items(columns, self.rng.randrange(2, 5))
        items = ", ".join(f"{t} AS {c.text}" for t, c in zip(texts, made, strict=True))
        alias = f" AS {self.name('d')}" if self.maybe(0.6) else ""
        inner = f"(SELECT {items} FROM {source}{self._where(columns, 1)}){alias}"
        gone, kept = made[0], made[1:]
        match self.rng.randrange(4):
            case 0:
                return f"SELECT * FROM {inner}", made
            case 1:
                return f"SELECT * EXCLUDE ({gone.text}) FROM {inner}", kept
            case 2:
                return f"SELECT * REPLACE ({self.expression(made, gone.kind, 1)} AS {gone.text}) FROM {inner}", made
            case _:
                return f"SELECT *, {self.expression(made, 'int', 1)} AS extra FROM {inner}{self._where(made, 1)}", (
                    *made,
                    Column("extra", "int"),
                )

    def _order(self, texts: Sequence[str]) -> str:
        return ", ".join(f"{t} {self.one('ASC', 'DESC')} NULLS {self.one('FIRST', 'LAST')}" for t in texts)

    def _limit(self, made: Columns) -> str:
        if not self.maybe(0.3):
            return ""
        keys = [str(i + 1) if self.maybe(0.5) else c.text for i, c in enumerate(made)]
        offset = f" OFFSET {self.rng.randrange(4)}" if self.maybe(0.3) else ""
        return f" ORDER BY {self._order(keys)} LIMIT {self.rng.randrange(8)}{offset}"

    def aggregate(self, columns: Columns) -> Column:
        """Return an aggregate over the columns."""

        def e(kind: str) -> str:
            return self.expression(columns, kind, 1)

        kind = self.rng.choice(ORDERED)
        made = {
            0: lambda: Column("count(*)", "int"),
            1: lambda: Column(f"count({self.one('', 'DISTINCT ')}{e(kind)})", "int"),
            2: lambda: Column(f"sum({self.one('', 'DISTINCT ')}{e('int')})", "int"),
            3: lambda: Column(f"{self.one('min', 'max')}({e(kind)})", kind),
            4: lambda: Column(f"sum({e('float')})", "float"),
            5: lambda: Column(f"{self.one('bool_and', 'bool_or')}({e('bool')})", "bool"),
            6: lambda: Column(f"avg({e('int')})", "float"),
            7: lambda: Column(f"sum({e('dec')})", "dec"),
        }[self.rng.randrange(8)]()
        if self.maybe(0.2):
            return Column(f"{made.text} FILTER (WHERE {e('bool')})", made.kind)
        if self.macros and made.text.startswith("sum(") and made.kind == "int" and self.maybe(0.3):
            inner = self.expression(columns, "int", 1)
            return Column(both(f"twice_sum({inner})", f"sum(CAST(({inner}) AS BIGINT) * 2)"), "int")
        return made

    def _grouped(self, source: str, columns: Columns) -> tuple[str, Columns]:
        keys, key_columns = self._items(columns, self.rng.randrange(0, 3))
        key_columns = tuple(Column(f"g{i}" if self.maybe(0.7) else c.text, c.kind) for i, c in enumerate(key_columns))
        made = [self.aggregate(columns) for _ in range(self.rng.randrange(1, 4))]
        items = [f"{t} AS {c.text}" for t, c in zip(keys, key_columns, strict=True)] + [f"{a.text} AS a{i}" for i, a in enumerate(made)]
        outputs = (*key_columns, *(Column(f"a{i}", a.kind) for i, a in enumerate(made)))
        having = ""
        if self.maybe(0.3):
            aliases = tuple(c for c in outputs if c.text.startswith("a"))
            having = (
                f" HAVING {self.expression(aliases, 'bool', 1)}"
                if self.maybe(0.5)
                else f" HAVING {self.aggregate(columns).text} IS NOT NULL"
            )
        text = f"SELECT {', '.join(items)} FROM {source}{self._where(columns, 1)}{self._group_by(keys)}{having}{self._limit(outputs)}"
        return text, outputs

    def _group_by(self, keys: Sequence[str]) -> str:
        if not keys:
            return ""
        positions = [str(i + 1) for i in range(len(keys))]
        match self.rng.randrange(5):
            case 0 if any(re.search(r"\br\d+\.", key) for key in keys):  # DuckDB takes ALL over constants for no groups at all
                return " GROUP BY ALL"
            case 1 if all(re.search(r"\br\d+\.", key) for key in keys):  # the engine sorts by no constant, rolled up or not
                return f" GROUP BY {self.one('ROLLUP', 'CUBE')} ({', '.join(keys)})"
            case 2:
                return f" GROUP BY {', '.join(keys)}"
            case _:
                return f" GROUP BY {', '.join(positions)}"

    def _windowed(self, source: str, columns: Columns) -> tuple[str, Columns]:
        texts, made = self._items(columns, self.rng.randrange(2, 4))
        inner = ", ".join(f"{t} AS {c.text}" for t, c in zip(texts, made, strict=True))
        partition = f"PARTITION BY {made[0].text} " if self.maybe(0.6) else ""
        order = f"ORDER BY {self._order([c.text for c in made])}"
        peers = self.maybe(0.3)
        over = f"({partition}{f'ORDER BY {self._order([made[-1].text])}' if peers else order})"
        call = self._window_call(made, over, peers, partition, order)
        qualify = ""
        if self.maybe(0.3):
            qualify = (
                f" QUALIFY {call.text} {self.one('<', '>=')} {self.literal(call.kind)}"
                if self.maybe(0.5)
                else f" QUALIFY w IS {self.one('', 'NOT ')}NULL"
            )
        names = ", ".join(c.text for c in made)
        derived = f"(SELECT DISTINCT {inner} FROM {source}{self._where(columns, 1)}) AS {self.name('d')}"
        text = f"SELECT {names}, {call.text} AS w FROM {derived}{qualify}"
        return text, (*made, Column("w", call.kind))

    def _window_call(self, made: Columns, over: str, peers: bool, partition: str, order: str) -> Column:
        number = self.column(made, "int")
        frame = self.one(
            "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING",
            "ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING",
            "GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        )
        framed = f"({partition}{order} {frame})"
        if peers:
            return Column(f"{self.one('rank()', 'dense_rank()', f'sum({number})', 'count(*)', f'max({number})')} OVER {over}", "int")
        match self.rng.randrange(5):
            case 0:
                return Column(f"row_number() OVER {over}", "int")
            case 1:
                column = self.rng.choice(made)
                return Column(f"{self.one('lag', 'lead')}({column.text}) OVER {over}", column.kind)
            case 2:
                return Column(f"sum({number}) FILTER (WHERE {self.expression(made, 'bool', 1)}) OVER {framed}", "int")
            case 3:
                column = self.rng.choice(made)
                return Column(f"{self.one('first_value', 'last_value', 'min', 'max')}({column.text}) OVER {framed}", column.kind)
            case _:
                return Column(f"{self.one(f'sum({number})', f'count({number})', 'count(*)')} OVER {framed}", "int")


def _under(alias: str, columns: Columns) -> Columns:
    return tuple(Column(f"{alias}.{c.text}", c.kind) for c in columns)
