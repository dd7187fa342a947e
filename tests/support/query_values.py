"""Owns the tables that random queries read: every kind of value, many nulls, names and texts that need care."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pyarrow as pa

TABLES = {
    "items": {
        "id": "int",
        "k": "int",
        "n": "int",
        "f": "float",
        "d": "dec",
        "s": "str",
        "b": "bool",
        "day": "date",
        "at": "ts",
        "st": "struct",
        "l": "list",
    },
    '"Orders"': {"id": "int", "k": "int", '"Odd name"': "int", "s": "str", "b": "bool", "day": "date", "x": "float"},
    "few": {"k": "int", "s": "str", "v": "dec", "at": "ts"},
}
TEXTS = ("a", "A", "b", "", " ", "x%", "a_b", "it's", 'say "x"', "é😀", "back\\slash", "$p1", "NULL", "a;b", None, None, None)
LITERALS: dict[str, list[tuple[str, object]]] = {
    "int": [(str(i), i) for i in (-1, 0, 1, 2, 3, 5)],
    "float": [("0.5", 0.5), ("1.5", 1.5), ("CAST(-2.0 AS DOUBLE)", -2.0), ("CAST(0.0 AS DOUBLE)", 0.0)],
    "dec": [("CAST('1.25' AS DECIMAL(10, 2))", None), ("CAST('-0.10' AS DECIMAL(10, 2))", None), ("CAST('0' AS DECIMAL(10, 2))", None)],
    "str": [("'a'", "a"), ("''", ""), ("'it''s'", "it's"), ("'x%'", "x%"), ("'é😀'", "é😀"), ("'$p1'", "$p1"), ("'a;b'", "a;b")],
    "bool": [("TRUE", True), ("FALSE", False)],
    "date": [("DATE '2024-02-29'", None), ("DATE '1999-12-31'", None), ("DATE '2024-01-31'", None)],
    "ts": [("TIMESTAMP '2024-02-29 12:30:00.123456'", None), ("TIMESTAMP '1969-12-31 23:59:59.5'", None)],
    "list": [("[1, 2]", None), ("[3]", None)],
    "struct": [('CAST(NULL AS STRUCT(a BIGINT, "B" VARCHAR))', None)],
}
_DAYS = (dt.date(2024, 2, 29), dt.date(2024, 1, 31), dt.date(1999, 12, 31), dt.date(1969, 7, 20), None)
_TIMES = (dt.datetime(2024, 2, 29, 12, 30, 0, 123456), dt.datetime(1969, 12, 31, 23, 59, 59, 500000), dt.datetime(2024, 1, 31), None)
_STRUCT = pa.struct([("a", pa.int64()), ("B", pa.string())])
_MADE = {
    "int": (pa.int64(), lambda r: r.choice((None, None, *range(-3, 7)))),
    "float": (pa.float64(), lambda r: r.choice((None, -2.0, 0.0, 0.5, 1.25, 3.75))),
    "dec": (pa.decimal128(10, 2), lambda r: r.choice((None, Decimal("-0.10"), Decimal("1.25"), Decimal("99.99")))),
    "str": (pa.string(), lambda r: r.choice(TEXTS)),
    "bool": (pa.bool_(), lambda r: r.choice((None, True, False))),
    "date": (pa.date32(), lambda r: r.choice(_DAYS)),
    "ts": (pa.timestamp("us"), lambda r: r.choice(_TIMES)),
    "struct": (_STRUCT, lambda r: r.choice((None, {"a": r.randrange(4), "B": "b"}, {"a": None, "B": None}))),
    "list": (pa.list_(pa.int64()), lambda r: r.choice((None, [], [1], [2, None], [3, 4, 5]))),
}
_ROWS = {"items": 40, '"Orders"': 25, "few": 7}


def tables(seed: int = 0) -> dict[str, pa.Table]:
    """Return the three tables by their real names; equal seeds give equal rows."""
    rng = random.Random(seed)
    made = {}
    for name, columns in TABLES.items():
        arrays = {c.strip('"'): pa.array([_MADE[kind][1](rng) for _ in range(_ROWS[name])], _MADE[kind][0]) for c, kind in columns.items()}
        if "id" in arrays:
            arrays["id"] = pa.array(range(_ROWS[name]), pa.int64())
        made[name.strip('"')] = pa.table(arrays)
    return made
