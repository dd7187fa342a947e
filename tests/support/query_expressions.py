"""Owns random expressions: typed, over columns in sight, in treadle's and DuckDB's spelling."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from tests.support.query_values import LITERALS, TABLES

_SPELLING = re.compile(r"«([^«»¦]*)¦([^«»¦]*)»")
TEXTS = ("n", "k", "total", "x", "y", '"Odd name"', "id", "s", "v")
ORDERED = ("int", "float", "dec", "str", "bool", "date", "ts")
NUMBERS = ("int", "float", "dec")

FUNCTIONS = """
CREATE FUNCTION twice(n BIGINT) RETURNS BIGINT RETURN n + n;
CREATE FUNCTION above(x DOUBLE, least DOUBLE DEFAULT 1.5, or_null BOOLEAN DEFAULT FALSE) RETURNS BOOLEAN
  RETURN x > least OR or_null AND x IS NULL;
CREATE FUNCTION pick(c BOOLEAN, k VARCHAR, n VARCHAR) RETURNS VARCHAR RETURN CASE WHEN c THEN k WHEN NOT c THEN n END;
CREATE AGGREGATE FUNCTION twice_sum(n BIGINT) RETURNS BIGINT RETURN sum(twice(n));
"""
"""What a project needs for the queries; DuckDB gets the bodies written out."""


def spell(text: str, duckdb: bool) -> str:
    """Return a generated text as one of the two systems writes it."""
    return _SPELLING.sub(lambda match: match[2] if duckdb else match[1], text)


def both(treadle: str, duckdb: str) -> str:
    """Return a piece that the two systems write differently."""
    return f"«{spell(treadle, False)}¦{spell(duckdb, True)}»"


@dataclass(frozen=True)
class Column:
    """A column that an expression may name: its text and kind."""

    text: str
    kind: str


Columns = tuple[Column, ...]


@dataclass
class Expressions:
    """A generator of expressions; `relation` comes from the queries around them.

    Args:
        seed: of the random choices.
        macros: whether functions of `FUNCTIONS` are called.
        tables: relations to read and their columns, by text.
    """

    seed: int
    macros: bool = True
    tables: dict[str, dict[str, str]] = field(default_factory=lambda: dict(TABLES))

    def __post_init__(self) -> None:
        """Make the random choices."""
        self.rng = random.Random(self.seed)
        self.fresh = 0
        self.ctes: list[tuple[str, Columns]] = []
        self.parameters: dict[str, object] = {}

    # -- choices -----------------------------------------------------------------------------

    def maybe(self, chance: float) -> bool:
        """Say yes with this chance."""
        return self.rng.random() < chance

    def one(self, *choices: str) -> str:
        """Return one of the choices."""
        return self.rng.choice(choices)

    def name(self, prefix: str) -> str:
        """Return a name that nothing else has."""
        self.fresh += 1
        return f"{prefix}{self.fresh}"

    # -- expressions -------------------------------------------------------------------------

    def column(self, columns: Columns, kind: str) -> str:
        """Return a column of a kind, or a literal where there is none."""
        fitting = [c.text for c in columns if c.kind == kind]
        return self.rng.choice(fitting) if fitting else self.literal(kind)

    def literal(self, kind: str) -> str:
        """Return a literal of a kind; now and then a parameter, or a null."""
        text, value = self.rng.choice(LITERALS[kind])
        if self.maybe(0.15) and kind in ("int", "str", "float"):
            name = self.name("p")
            self.parameters[name] = None if self.maybe(0.15) else value
            literal = text if self.parameters[name] is not None else f"CAST(NULL AS {_TYPES[kind]})"
            return both(f"CAST(${name} AS {_TYPES[kind]})", literal)
        return text if self.maybe(0.93) else f"CAST(NULL AS {_TYPES[kind]})"

    def expression(self, columns: Columns, kind: str, depth: int = 2) -> str:
        """Return an expression of a kind."""
        if depth <= 0 or self.maybe(0.3):
            return self.column(columns, kind) if self.maybe(0.8) else self.literal(kind)
        if self.maybe(0.15) and kind != "list" and kind != "struct":
            return self._general(columns, kind, depth - 1)
        return getattr(self, f"_{kind}")(columns, depth - 1)  # type: ignore[no-any-return]

    def _general(self, columns: Columns, kind: str, depth: int) -> str:
        def e(of: str = kind) -> str:
            return self.expression(columns, of, depth)

        match self.rng.randrange(6):
            case 0:
                return f"CASE WHEN {e('bool')} THEN {e()} WHEN {e('bool')} THEN {e()} ELSE {e()} END"
            case 1:
                return f"coalesce({e()}, {e()})"
            case 2:
                return f"nullif({e()}, {e()})"
            case 3:
                return f"CASE {e('int')} WHEN {self.literal('int')} THEN {e()} WHEN {e('int')} THEN {e()} END"
            case 4:
                return f"CASE WHEN {e('bool')} THEN {e()} END"
            case _:
                return f"({e()})"

    def _int(self, columns: Columns, depth: int) -> str:
        def e(of: str = "int") -> str:
            return self.expression(columns, of, depth)

        match self.rng.randrange(12):
            case 0 | 1:
                return f"({e()} {self.one('+', '-')} {e()})"
            case 2:
                return f"{self.column(columns, 'int')} {self.one('+', '-')} {self.column(columns, 'int')} * {self.rng.randrange(4)}".join(
                    "()"
                )
            case 3:
                return f"({e()} {both('/', '//')} nullif({e()}, 0))"
            case 4:
                return f"({e()} % nullif({e()}, 0))"
            case 5:
                return f"abs({e()})"
            case 6:
                return f"length({e('str')})"
            case 7:
                return f"date_part('{self.one('year', 'month', 'day', 'dow')}', {e('date')})"
            case 8:
                return f"CAST({e('bool')} AS BIGINT)"
            case 9:
                inner = e()
                return both(f"twice({inner})", f"(CAST({inner} AS BIGINT) + CAST({inner} AS BIGINT))") if self.macros else f"(- {inner})"
            case 10:
                struct = self.column(columns, "struct")
                return f"{struct}['a']" if self.maybe(0.5) else f"({e()} - (- {e()}))"
            case _:
                return f"{self.column(columns, 'list')}[{self.rng.randrange(1, 3)}]"

    def _float(self, columns: Columns, depth: int) -> str:
        def e(of: str = "float") -> str:
            return self.expression(columns, of, depth)

        match self.rng.randrange(4):
            case 0:
                return f"({e()} {self.one('+', '-')} {e()})"
            case 1:
                return f"CAST({e('int')} AS DOUBLE)"
            case 2:
                return f"({e()} / nullif(abs({e()}), 0) + 0.0)"  # a zero has no sign: DuckDB and nullif differ about it
            case _:
                return f"floor({e()})"

    def _dec(self, columns: Columns, depth: int) -> str:
        left, right = self.expression(columns, "dec", depth), self.expression(columns, "dec", depth)
        return f"({left} {self.one('+', '-')} {right})" if self.maybe(0.7) else f"abs({left})"

    def _str(self, columns: Columns, depth: int) -> str:
        def e(of: str = "str") -> str:
            return self.expression(columns, of, depth)

        match self.rng.randrange(9):
            case 0 | 1:
                return f"({e()} || {e()})"
            case 2:
                return f"{self.one('upper', 'lower', 'trim', 'reverse')}({e()})"
            case 3:
                return f"substr({e()}, {self.rng.randrange(1, 4)}, {self.rng.randrange(0, 4)})"
            case 4:
                return f"CAST({e('int')} AS VARCHAR)"
            case 5:
                return f"replace({e()}, '{self.one('a', 'x%', '_')}', {self.literal('str')})"
            case 6:
                return f"{self.column(columns, 'struct')}['B']"
            case 7 if self.macros:
                c, k, n = e("bool"), e(), e()
                named = f"pick({c}, n => {n}, k => {k})" if self.maybe(0.6) else f"pick({c}, {k}, {n})"
                return both(named, f"(CASE WHEN {c} THEN {k} WHEN NOT ({c}) THEN {n} END)")
            case _:
                return f"concat({e()}, {e()})"

    def _date(self, columns: Columns, depth: int) -> str:
        e = self.expression(columns, "date", depth)
        match self.rng.randrange(3):
            case 0:
                return f"CAST(({e} {self.one('+', '-')} INTERVAL '{self.rng.randrange(40)}' {self.one('DAY', 'MONTH')}) AS DATE)"
            case 1:
                return f"CAST(date_trunc('{self.one('month', 'year')}', {e}) AS DATE)"
            case _:
                return f"CAST({self.expression(columns, 'ts', depth)} AS DATE)"

    def _ts(self, columns: Columns, depth: int) -> str:
        e = self.expression(columns, "ts", depth)
        match self.rng.randrange(3):
            case 0:
                return f"({e} {self.one('+', '-')} INTERVAL '{self.rng.randrange(40)}' {self.one('DAY', 'HOUR', 'MONTH')})"
            case 1:
                return f"date_trunc('{self.one('hour', 'day', 'month')}', {e})"
            case _:
                return f"CAST({self.expression(columns, 'date', depth)} AS TIMESTAMP)"

    def _struct(self, columns: Columns, depth: int) -> str:
        return self.column(columns, "struct")

    def _list(self, columns: Columns, depth: int) -> str:
        return self.column(columns, "list")

    def _bool(self, columns: Columns, depth: int) -> str:
        def e(of: str = "bool") -> str:
            return self.expression(columns, of, depth)

        kind = self.rng.choice(ORDERED)
        match self.rng.randrange(16):
            case 0 | 1 | 2:
                return f"({e(kind)} {self.one('=', '<>', '<', '<=', '>', '>=')} {e(kind)})"
            case 3:
                return f"({e()} {self.one('AND', 'OR')} {e()})"
            case 4:
                return f"({e()} AND {e()} OR NOT {e()})"
            case 5:
                return f"(NOT {e()})"
            case 6:
                return f"({e(kind)} IS {self.one('', 'NOT ')}NULL)"
            case 7:
                return f"({e(kind)} IS {self.one('', 'NOT ')}DISTINCT FROM {e(kind)} {self.one('AND', 'OR')} {e()})"
            case 8:
                return f"({e(kind)} {self.one('', 'NOT ')}BETWEEN {e(kind)} AND {e(kind)} {self.one('AND', 'OR')} {e()})"
            case 9:
                pattern = self.one("'a%'", "'%b'", "'_'", "'%x%'", "'%''%'", "''", "'A_%'")
                return f"({e('str')} {self.one('', 'NOT ')}{self.one('LIKE', 'ILIKE')} {pattern})"
            case 10:
                values = ", ".join(self.literal(kind) for _ in range(self.rng.randrange(1, 5)))
                return f"({e(kind)} {self.one('', 'NOT ')}IN ({values}))"
            case 11:
                return f"({e()} IS {self.one('', 'NOT ')}{self.one('TRUE', 'FALSE')})"
            case 12 if self.macros:
                return self._above(e("float"))
            case 13:
                return self._any(e("int"))
            case 14:
                return f"starts_with({e('str')}, {self.literal('str')})"
            case _:
                return self.subquery(columns, depth)

    def _above(self, x: str) -> str:
        least, null = self.literal("float"), self.one("TRUE", "FALSE")
        match self.rng.randrange(3):
            case 0:
                return both(f"above({x})", f"(({x}) > 1.5 OR FALSE)")
            case 1:
                return both(f"above({x}, or_null => {null})", f"(({x}) > 1.5 OR {null} AND ({x}) IS NULL)")
            case _:
                return both(f"above({x}, or_null => {null}, least => {least})", f"(({x}) > {least} OR {null} AND ({x}) IS NULL)")

    def _any(self, tested: str) -> str:
        name = self.name("l")
        values = [self.rng.randrange(-2, 6) for _ in range(self.rng.randrange(1, 4))]
        self.parameters[name] = values
        listed = f"IN ({', '.join(map(str, values))})"
        written = f"= ANY(${name})" if self.maybe(0.5) else f"IN (${name})"
        return f"({tested} {both(written, listed)})"

    def subquery(self, outer: Columns, depth: int) -> str:
        """Return a condition by a subquery, correlated where the outer row has columns."""
        source, inner = self.relation(0)
        where = f"{self.expression(inner, 'bool', 1)}"
        kind = self.rng.choice(("int", "str"))
        if self.maybe(0.6):
            where += f" AND {self.column(inner, kind)} = {self.column(outer, kind)}"
        match self.rng.randrange(4):
            case 0:
                return f"{self.one('', 'NOT ')}EXISTS (SELECT 1 AS one FROM {source} WHERE {where})"
            case 1:
                wanted = self.expression(inner, kind, 1)
                return f"({self.expression(outer, kind, 1)} {self.one('', 'NOT ')}IN (SELECT {wanted} AS w FROM {source} WHERE {where}))"
            case 2:
                made = self.one("max", "min", "sum")
                single = f"(SELECT {made}({self.column(inner, 'int')}) AS w FROM {source} WHERE {where})"
                return f"({self.expression(outer, 'int', 1)} {self.one('<', '>=')} {single})"
            case _:
                return f"((SELECT count(*) AS w FROM {source} WHERE {where}) > {self.rng.randrange(3)})"

    def relation(self, depth: int) -> tuple[str, Columns]:
        """Return one item of FROM and its columns."""
        raise NotImplementedError


_TYPES = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "dec": "DECIMAL(10, 2)",
    "str": "VARCHAR",
    "bool": "BOOLEAN",
    "date": "DATE",
    "ts": "TIMESTAMP",
    "list": "BIGINT[]",
    "struct": 'STRUCT(a BIGINT, "B" VARCHAR)',
}
