"""Files that spell columns in another case than their table: seen by their statistics, read by their footers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from tests.support.delta_log import HandMade, column, struct

COLUMNS = (column("id", "long"), column("s", struct(column("x", "string"))), column("p", "long"), column("late", "string"))
"""Of the table; it is partitioned by `p`."""
FEED = {"delta.enableChangeDataFeed": "true"}


def rows(number: int, id: str = "id", s: str = "s", x: str = "x") -> pa.Table:
    return pa.table({id: pa.array([number, None], pa.int64()), s: pa.array([{x: f"v{number}"}, None], pa.struct({x: pa.string()}))})


def said(*names: str) -> str:
    return json.dumps({"numRecords": 2, "nullCount": dict.fromkeys(names, 1)})


@pytest.fixture
def connection(tmp_path: Path) -> treadle.Connection:
    made = HandMade(tmp_path / "t")
    made.create(*COLUMNS, by=("p",), settings=FEED)
    made.commit(made.file("0.parquet", rows(0), {"p": "0"}))
    made.commit(made.file("1.parquet", rows(1, "ID"), {"p": "1"}), made.file("2.parquet", rows(2, "Id", "S", "X"), {"p": "2"}))
    # Statistics in another case than the file, statistics with a strange name, and both names in one file.
    made.commit(made.file("3.parquet", rows(3), {"p": "3"}, stats=said("ID", "S")))
    made.commit(made.file("4.parquet", rows(4), {"p": "4"}, stats=said("id", "gone")))
    both = rows(5).append_column("ID", pa.array([50, 51], pa.int64()))
    made.commit(made.file("5.parquet", both, {"p": "5"}, stats=said("ID")))
    return treadle.connect(tmp_path)


def asked(connection: treadle.Connection, sql: str) -> list[dict[str, Any]]:
    return connection.query(sql).to_arrow().to_pylist()


def test_values_are_found_under_names_in_any_case(connection: treadle.Connection) -> None:
    found = asked(connection, "SELECT id, s.x AS x, p, late FROM read_delta('t') WHERE id IS NOT NULL ORDER BY p")
    assert found == [{"id": number, "x": f"v{number}", "p": number, "late": None} for number in range(6)]
    assert asked(connection, "SELECT count(*) AS n, count(id) AS i, count(s) AS s FROM read_delta('t')") == [{"n": 12, "i": 6, "s": 6}]
    assert asked(connection, "SELECT p FROM read_delta('t') WHERE id = 2") == [{"p": 2}]
    assert asked(connection, "SELECT id FROM read_delta('t') ORDER BY id DESC NULLS LAST LIMIT 2") == [{"id": 5}, {"id": 4}]


def test_changes_are_found_as_well(connection: treadle.Connection) -> None:
    found = asked(connection, "SELECT id, s.x AS x FROM read_delta_cdf('t', start_version => 1) WHERE id IS NOT NULL ORDER BY id")
    assert found == [{"id": number, "x": f"v{number}"} for number in range(6)]
