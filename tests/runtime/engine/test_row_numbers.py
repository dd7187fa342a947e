"""Numbers of rows and names of files are told beside any condition: one that names an expression twice is computed in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from unittest.mock import patch

import pyarrow as pa
import pytest

import treadle
from tests.support.deletion_vectors import mark
from tests.support.delta_log import HandMade, mapped, struct
from treadle.runtime.session import Session

TWICE = (
    "x BETWEEN 1 AND 3",
    "x > 1 OR x < -5",
    "coalesce(x, 0) = 0",
    "abs(i) > 1 AND abs(i) < 4",
    "i + 1 > 2 AND i + 1 < 5 AND x IS NULL",
    "s.v IS NULL AND s IS NOT NULL",
    "s.v IS NULL AND s IS NOT NULL AND x IS NULL",
    "coalesce(s.v, 0) < 2",
    "upper(p) > 'A' AND upper(p) <> 'V3'",
)
ONCE = ("i > 2", "x > 1 AND i < 4", "p = 'v1'", "true")
ASKED = (
    "SELECT i, x, s, p",
    "SELECT s.v AS v, i + 1 AS a, (i + 1) * 2 AS b",
    "SELECT count(*) AS n, sum(x) AS x, max(i) AS i, min(p) AS p",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[treadle.Connection]:
    """Tables with deletion vectors in one file, in some, through links; and one whose partition values are found by a join."""
    root = tmp_path_factory.mktemp("lake")
    columns = (mapped("i", "long", 1, "i"), mapped("x", "double", 2, "x"), mapped("s", struct(mapped("v", "integer", 4, "w")), 3, "s"))
    rows = {
        "i": pa.array([1, 2, 3, 4], pa.int64()),
        "x": [1.0, None, float("nan"), 2.5],
        "s": pa.array([{"w": 1}, None, {"w": None}, {"w": 2}], pa.struct([("w", pa.int32())])),
    }
    for name, files, kind in (("one", 1, "string"), ("some", 4, "string"), ("links", 30, "string"), ("join", 30, "timestamp")):
        table = HandMade(root / name).create(
            *columns,
            mapped("p", kind, 5, "p"),
            by=["p"],
            settings={"delta.columnMapping.mode": "name"},
            reader=["columnMapping", *(["deletionVectors"] if kind == "string" else [])],
        )
        values = [f"v{at % 30}" if kind == "string" else str(dt.datetime(2024, 1, 1, 0, at)) for at in range(files)]
        table.commit(*(table.file(f"{at}.parquet", pa.table(rows), {"p": value}) for at, value in enumerate(values)))
        if kind == "string":
            mark(table.path, {f"{at}.parquet": [at % 4] for at in range(0, files, 2)}, "i")
    with treadle.connect(root) as connection:
        yield connection


def found(connection: treadle.Connection, sql: str) -> list[str]:
    return sorted(map(repr, connection.query(sql).to_arrow().to_pylist()))


@pytest.mark.parametrize("name", ["one", "some", "links", "join"])
def test_conditions_of_every_kind(made: treadle.Connection, name: str) -> None:
    """Each is held to itself above a window, below which no condition gets; what is asked for changes from one to the next."""
    whole = f"(SELECT *, row_number() OVER () AS rn FROM read_delta('{name}'))"
    for number, condition in enumerate((*TWICE, *ONCE), len(name)):
        if name == "join":
            condition = condition.replace("upper(p)", "CAST(p AS VARCHAR)").replace("p = 'v1'", "p IS NULL")
        asked = ASKED[number % len(ASKED)]
        sql = f"{asked} FROM read_delta('{name}') WHERE {condition}"
        assert found(made, sql) == found(made, f"{asked} FROM {whole} WHERE {condition}"), sql


def test_no_fence_stands_where_none_is_needed(made: treadle.Connection) -> None:
    """Behind a fence conditions wouldn't reach the Parquet reader."""
    with patch.object(Session, "fence_rows", autospec=True, side_effect=Session.fence_rows) as fences:
        for number, condition in enumerate(ONCE):
            made.query(f"SELECT i, x + {number} AS y FROM read_delta('one') WHERE {condition}").to_arrow()
        assert not fences.called
        made.query("SELECT i FROM read_delta('one') WHERE abs(i) > 1 AND abs(i) < 4").to_arrow()
        assert fences.called
