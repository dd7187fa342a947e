"""TPC-H's 22 queries as a treadle project over Delta, their substitution values as parameters: answers equal DuckDB's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import treadle
from tests.support import tpch
from tests.tpch import project as tpch_project

SCALE = 0.1
QUERIES = [f"q{number:02}" for number in range(1, 23)]


@pytest.fixture(scope="module")
def data() -> Path:
    return tpch.generate(SCALE)


@pytest.fixture(scope="module")
def reference(data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with tpch.connect(data) as connection:
        yield connection


@pytest.fixture(scope="module")
def project(data: Path, reference: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> treadle.Project:
    root = tmp_path_factory.mktemp("tpch")
    tpch_project.write(root, tpch.queries(reference), data)
    return treadle.open(root)


def _comparable(value: object) -> object:
    """Return a value in the form in which both engines' answers compare: numbers as floats, text without padding."""
    return float(value) if isinstance(value, int | float | Decimal) else value


def _rows(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    plain = [tuple(_comparable(v) for v in row) for row in rows]
    return sorted(plain, key=lambda row: [f"{v:.2f}" if isinstance(v, float) else str(v) for v in row])


def _equal(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        # Quotients of decimals keep six digits in one engine and are doubles in the other.
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-5)
    return one == other


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1], ids=["standard", "other"])
@pytest.mark.parametrize("name", QUERIES)
def test_answers_equal_duckdb(project: treadle.Project, reference: duckdb.DuckDBPyConnection, name: str, number: int) -> None:
    found = tpch_project.substitutions()[name]
    values = {s.name: s.values[number] for s in found}
    table = pa.table(project.query(f"SELECT * FROM {name}", **values))
    got = _rows([tuple(row.values()) for row in table.to_pylist()])
    wanted = _rows(reference.execute(tpch_project.with_values(tpch.queries(reference)[name], found, number)).fetchall())
    assert wanted and any(v is not None for v in wanted[0])
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        assert all(_equal(a, b) for a, b in zip(one, other, strict=True)), f"{one} is not {other}"


def test_the_sets_differ() -> None:
    for name, found in tpch_project.substitutions().items():
        assert found and all(s.values[0] != s.values[1] for s in found), name
