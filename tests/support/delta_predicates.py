"""Owns random Delta tables and predicates over them: every kind of value at its edges, nulls, NaN, partitions, files without statistics."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

NAN, INFINITE = float("nan"), float("inf")
LONG = ("a" * 31, "a" * 32, "a" * 33 + "b", "a" * 40, "z" * 33, "\U0010ffff" * 33)
"""Texts around the length at which writers cut statistics."""
_BIG = (-(2**63), 2**63 - 1, 0, 1, -1, 5, 2**53 + 1)
_TEXTS = ("", "a", "A", "b", "é😀", "x%", "it's", "a/b=c d", "100%25", *LONG)
_EXACT = tuple(Decimal(text) for text in ("0.0000", "12345678901234567890.1234", "12345678901234567890.1235", "-0.0001"))
_TIMES = (
    dt.datetime(2024, 2, 29, 12, 0, 0, 123456),
    dt.datetime(2024, 2, 29, 12, 0, 0, 123999),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
)


def _cast(kind: str) -> Callable[[object], str]:
    return lambda value: f"CAST('{value}' AS {kind})"


KINDS: dict[str, tuple[pa.DataType, tuple[object, ...], Callable[[object], str]]] = {
    "big": (pa.int64(), _BIG, _cast("BIGINT")),
    "tiny": (pa.int8(), (-128, 127, 0, 3), str),
    "f": (pa.float64(), (NAN, 0.0, 1.5, -2.25, INFINITE, -INFINITE, 1e300), _cast("DOUBLE")),
    "g": (pa.float32(), (NAN, 0.0, 1.5, -2.25, 0.5), _cast("FLOAT")),
    "s": (pa.string(), _TEXTS, lambda value: "'" + str(value).replace("'", "''") + "'"),
    "d": (pa.decimal128(10, 2), tuple(map(Decimal, ("0.00", "1.25", "99999999.99", "1.10"))), _cast("DECIMAL(10, 2)")),
    "e": (pa.decimal128(30, 4), _EXACT, _cast("DECIMAL(30, 4)")),
    "day": (pa.date32(), (dt.date(2024, 2, 29), dt.date(1969, 12, 31), dt.date(1, 1, 1), dt.date(9999, 12, 31)), _cast("DATE")),
    "moment": (pa.timestamp("us", "UTC"), tuple(t.replace(tzinfo=dt.UTC) for t in _TIMES), _cast("TIMESTAMPTZ")),
    "local": (pa.timestamp("us"), _TIMES, _cast("TIMESTAMP")),
    "b": (pa.bool_(), (True, False), str),
}
"""Column, its type, its values, how they are written."""
PARTITIONS = ("s", "tiny", "day", "b", "big", "d", "local", "moment")
QUERIES = (
    "SELECT i, p FROM {t} WHERE {where}",
    "SELECT * FROM {t} WHERE {where}",
    "SELECT count(*) AS n FROM {t} WHERE {where}",
    "SELECT min(f) AS a, max(f) AS b, max(s) AS c, min(big) AS d, max(p) AS e, min(p) AS g FROM {t} WHERE i >= 0",
    "SELECT min(f) AS a, max(g) AS b, min(s) AS c, max(day) AS d, max(p) AS e, max(e) AS g FROM {t}",
    "SELECT f, g FROM {t} WHERE {where} ORDER BY f DESC NULLS LAST, g DESC NULLS LAST LIMIT 3",
    "SELECT p FROM {t} WHERE {where} ORDER BY p NULLS LAST LIMIT 3",
    "SELECT a.i AS x, b.i AS y FROM {t} AS a JOIN {t} AS b ON a.f = b.f AND a.p = b.p WHERE b.i < 3",
    "SELECT p, count(*) AS n FROM {t} GROUP BY p",
)


def random_table(rng: random.Random, path: Path) -> tuple[pa.Table, str]:
    """Write a Delta table of one to five files; return its rows, and of which kind its column `p` is."""
    kind, parted = rng.choice(PARTITIONS), rng.random() < 0.6
    settings = {"delta.dataSkippingNumIndexedCols": "0"} if rng.random() < 0.15 else None
    written: list[pa.Table] = []
    for number in range(rng.randrange(1, 6)):
        part = _rows(rng, kind, parted, sum(map(len, written)))
        created = {"configuration": settings, "partition_by": ["p"] if parted else None} if number == 0 else {}
        write_deltalake(path, part, mode="append", **created)  # type: ignore[call-overload]
        written.append(part)
    return pa.concat_tables(written), kind


def _rows(rng: random.Random, kind: str, parted: bool, first: int) -> pa.Table:
    count = rng.randrange(1, 8)
    columns = {name: pa.array(_values(rng, values, count), arrow) for name, (arrow, values, _) in KINDS.items()}
    known = [
        value for value in KINDS[kind][1] if not (parted and value in ("", LONG[-1]))
    ]  # no empty partition values, no long folder names
    wanted = [*known, None]
    few = rng.sample(wanted, 2) if parted else wanted
    p = pa.array([rng.choice(few) for _ in range(count)], KINDS[kind][0])
    return pa.table({"i": pa.array(range(first, first + count), pa.int64()), **columns, "p": p})


def _values(rng: random.Random, values: tuple[object, ...], count: int) -> list[object]:
    one, chance = rng.choice(values), rng.random()
    if chance < 0.12:
        return [None] * count
    if chance < 0.35:
        return [rng.choice((one, one, None)) for _ in range(count)]
    return [one] * count if chance < 0.6 else [rng.choice((*values, None)) for _ in range(count)]


def predicate(rng: random.Random, kind: str, depth: int = 2) -> str:
    """Return a condition over the columns of a table whose `p` is of this kind."""
    if depth == 0 or rng.random() < 0.35:
        return _leaf(rng, kind)
    parts = [predicate(rng, kind, depth - 1) for _ in range(2)]
    joined = (" AND " if rng.random() < 0.5 else " OR ").join(parts)
    return f"(NOT {parts[0]})" if rng.random() < 0.25 else f"({joined})"


def _leaf(rng: random.Random, kind: str) -> str:
    column = rng.choice((*KINDS, "p", "p", "p"))
    _, values, written = KINDS[kind if column == "p" else column]

    def literal() -> str:
        return written(rng.choice(values))

    no = rng.choice(("", "NOT "))
    choices = (
        lambda: f"({column} {rng.choice(('=', '<>', '<', '<=', '>', '>='))} {literal()})",
        lambda: f"({literal()} {rng.choice(('=', '<>', '<', '<=', '>', '>='))} {column})",
        lambda: f"({column} IS {no}NULL)",
        lambda: f"({column} {no}IN ({', '.join(literal() for _ in range(rng.randrange(1, 6)))}))",
        lambda: f"({column} {no}BETWEEN {literal()} AND {literal()})",
        lambda: f"(s {no}LIKE '{rng.choice(('a%', '%', 'A', 'z' * 33 + '%', 'a' * 33 + '%', 'é%', '_%', ''))}')",
        lambda: f"starts_with(s, '{rng.choice(('a', 'a' * 33, '', 'z' * 32))}')",
        lambda: f"(coalesce({column}, {literal()}) = {literal()})",
        lambda: f"(CASE WHEN b THEN {column} = {literal()} ELSE {column} <> {literal()} END)",
        lambda: rng.choice(
            ("b", "(NOT b)", "(b IS TRUE)", "(b IS NOT TRUE)", "(tiny > 2.5)", "(abs(f) > 1)", "(g > 0.5)", "(tiny + 1 > 3)")
        ),
    )
    return rng.choice(choices)()
