"""Random queries give the rows that DuckDB gives, and pruning by statistics loses none that a scan of everything finds."""

from __future__ import annotations

import collections
import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import treadle
from tests.support.delta_predicates import QUERIES, predicate, random_table
from tests.support.queries import Queries
from tests.support.query_expressions import FUNCTIONS, spell
from tests.support.query_values import tables
from treadle import TreadleError
from treadle.runtime.api import Connection

SEEDS, CHUNK = 160, 40
LAKES = 30
Rows = collections.Counter[tuple[str, ...]]


def normal(value: object) -> str:
    """Return a value as text in which equal values of the two systems are equal: numbers by nine digits."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int) and abs(value) >= 2**53:
        return f"#{value}"
    if isinstance(value, int | float | Decimal):
        return f"#{float(value):.9g}" if value else "#0"
    if isinstance(value, dict):
        return repr({key: normal(one) for key, one in value.items()})
    if isinstance(value, list):
        return repr([normal(one) for one in value])
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    return repr(value)


def rows(table: pa.Table) -> Rows:
    """Return a table's rows as a multiset."""
    return collections.Counter(tuple(map(normal, row)) for row in zip(*(c.to_pylist() for c in table.columns), strict=True))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A project with the functions and tables of the generator."""
    root = tmp_path_factory.mktemp("differential")
    (root / "treadle.toml").write_text("")
    (root / "functions.sql").write_text(FUNCTIONS)
    with treadle.open(root) as opened:
        for name, table in tables().items():
            opened.register(name, table)
        yield opened


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with the same tables."""
    with duckdb.connect() as connection:
        for name, table in tables().items():
            connection.register("given", table)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
        yield connection


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_queries_give_what_duckdb_gives(project: Connection, duck: duckdb.DuckDBPyConnection, first: int) -> None:
    """A query that one of the two refuses says nothing; most are taken by both."""
    compared = 0
    for seed in range(first, first + CHUNK):
        made = Queries(seed)
        text = made.statement()
        values = {name: value for name, value in made.parameters.items() if f"${name}" in text}
        try:
            wanted = rows(duck.execute(spell(text, True)).to_arrow_table())
            found = rows(project.query(spell(text, False), **values).to_arrow())
        except (duckdb.Error, TreadleError):
            continue
        compared += 1
        assert found == wanted, f"seed {seed}: {spell(text, False)}"
    assert compared > CHUNK // 2


@pytest.mark.parametrize("first", range(0, LAKES, 10))
def test_pruning_loses_no_row(tmp_path: Path, first: int) -> None:
    """Files, partitions and statistics of every kind, against DuckDB over all rows."""
    for seed in range(first, first + 10):
        rng = random.Random(seed)
        table, kind = random_table(rng, tmp_path / f"t{seed}")
        with treadle.connect(tmp_path) as con, duckdb.connect() as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.register("given", table)
            duck.execute("CREATE TABLE t AS SELECT * FROM given")
            for _ in range(8):
                query, where = rng.choice(QUERIES), predicate(rng, kind)
                wanted = rows(duck.execute(query.format(t="t", where=where)).to_arrow_table())
                found = rows(con.query(query.format(t=f"read_delta('t{seed}')", where=where)).to_arrow())
                assert found == wanted, f"seed {seed}, {kind}: {query.format(t='t', where=where)}"
