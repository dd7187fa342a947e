"""Common table expressions that hide each other, and unions by name, against DuckDB."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

import treadle

T = pa.table({"a": [1, 2, 3], "b": ["x", "y", None]})

QUERIES = [
    "WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT 10 AS x) SELECT x FROM a) SELECT a.x AS o, b.x AS i FROM a, b",
    "WITH q AS (SELECT 1 AS x) SELECT s.x, z.y FROM (WITH q AS (SELECT 2 AS x) SELECT q.x FROM q) AS s, (SELECT x AS y FROM q) AS z",
    "WITH q AS (SELECT 1 AS x), p AS (WITH q AS (WITH q AS (SELECT 3 AS x) SELECT x + 1 AS x FROM q) SELECT x * 2 AS x FROM q) "
    "SELECT p.x AS p, q.x AS q FROM p, q",
    "WITH v0 AS (SELECT 1 AS r0), r0 AS (SELECT v0.r0 AS v0 FROM v0), v1 AS (WITH v0 AS (SELECT v0 AS c0 FROM r0) SELECT * FROM v0) "
    "SELECT v1.c0, r0.v0 FROM v1, r0",
    "SELECT (WITH m AS (SELECT max(a) AS a FROM t) SELECT a FROM m) + (WITH m AS (SELECT min(a) AS a FROM t) SELECT a FROM m) AS s",
    "SELECT a FROM t UNION ALL BY NAME SELECT b, a FROM t",
    "SELECT b, a FROM t UNION BY NAME SELECT a, 'z' AS c FROM t",
    "SELECT a AS one FROM t UNION ALL BY NAME (SELECT b AS two FROM t) UNION ALL BY NAME SELECT 1 AS two_a, 2 AS one",
    "SELECT a, b FROM t UNION ALL BY NAME SELECT b, a FROM t",
    "WITH u AS (SELECT a FROM t UNION ALL BY NAME SELECT b FROM t) SELECT count(a) AS a, count(b) AS b FROM u",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_equals_duckdb(sql: str) -> None:
    lake, other = treadle.connect(), duckdb.connect()
    lake.register("t", T)
    other.register("t", T)
    expected = other.sql(sql)
    found = pa.table(lake.query(sql))
    assert found.column_names == expected.columns
    assert sorted(map(repr, zip(*found.to_pydict().values(), strict=True))) == sorted(map(repr, expected.fetchall()))


def test_an_inner_name_may_read_the_outer_one_that_it_hides() -> None:
    sql = "WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT x + 10 AS x FROM a) SELECT x FROM a) SELECT a.x AS o, b.x AS i FROM a, b"
    assert pa.table(treadle.connect().query(sql)).to_pylist() == [{"o": 1, "i": 11}]
