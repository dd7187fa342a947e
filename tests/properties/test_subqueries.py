"""Random subqueries that take columns from outside give the rows that DuckDB gives, wherever they stand."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

import treadle
from tests.support.subqueries import TABLES, Subqueries
from treadle import TreadleError
from treadle.runtime.api import Connection

SEEDS, CHUNK = 90, 30


def rows(table: pa.Table) -> collections.Counter[str]:
    """Return a table's rows as a multiset."""
    columns = [[int(one) if isinstance(one, Decimal) else one for one in column.to_pylist()] for column in table.columns]
    return collections.Counter(repr(row) for row in zip(*columns, strict=True))


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    """A connection with the generator's tables."""
    with treadle.connect() as opened:
        for name, table in TABLES.items():
            opened.register(name, table)
        yield opened


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with the same tables."""
    with duckdb.connect() as opened:
        for name, table in TABLES.items():
            opened.register("given", table)
            opened.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
        yield opened


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_subqueries_give_what_duckdb_gives(con: Connection, duck: duckdb.DuckDBPyConnection, first: int) -> None:
    """A query that one of the two refuses says nothing; most are taken by both, and treadle refuses in planning only."""
    compared = 0
    for seed in range(first, first + CHUNK):
        text = Subqueries(seed).statement()
        try:
            wanted = rows(duck.execute(text).to_arrow_table())
        except duckdb.Error:
            continue
        try:
            result = con.query(text)
        except TreadleError as refused:
            assert {one.code for one in refused.diagnostics} <= {"T3001", "T2034"}, f"{text}\n{refused}"
            continue
        compared += 1
        found = rows(result.to_arrow())
        assert found == wanted, f"seed {seed}: {text}\ntreadle only: {found - wanted}\nduckdb only: {wanted - found}"
    assert compared > CHUNK / 2
