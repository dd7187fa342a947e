"""Parameters where the engine asks for a type before it knows a value, and secrets that it must not see by then."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

import treadle
from tests.support.command import inside

ROWS: list[tuple[str, dict[str, object], list[object]]] = [
    ("SELECT unnest($ids) AS v", {"ids": [1, 2]}, [1, 2]),
    ("SELECT unnest(($names)) AS v", {"names": ["a", "it's"]}, ["a", "it's"]),
    ("SELECT $ids || [4] AS v", {"ids": [1, 2]}, [[1, 2, 4]]),
    ("SELECT [4] || $ids AS v", {"ids": [1, 2]}, [[4, 1, 2]]),
    ("SELECT $a || 'b' AS v", {"a": "a"}, ["ab"]),
    ("WITH RECURSIVE t AS (SELECT $n AS v UNION ALL SELECT v + 1 FROM t WHERE v < 9) SELECT v FROM t", {"n": 7}, [7, 8, 9]),
    (
        "WITH RECURSIVE t AS (SELECT $at AS v UNION ALL SELECT v + INTERVAL '1 day' FROM t WHERE v < $at) SELECT v FROM t",
        {"at": datetime(2026, 1, 1)},
        [datetime(2026, 1, 1)],
    ),
]


@pytest.mark.parametrize(("sql", "values", "expected"), ROWS)
def test_a_bound_value_has_its_type_in_time(sql: str, values: dict[str, object], expected: list[object]) -> None:
    assert pa.table(treadle.connect().query(sql, **values))["v"].to_pylist() == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST(PARAM token AS INT) AS v",
        "SELECT arrow_cast(concat(PARAM token, 'x'), 'Int64') AS v",
        "SELECT to_timestamp(PARAM token) AS v",
    ],
)
def test_the_engine_never_quotes_a_secret(sql: str, tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("", "utf-8")
    (tmp_path / "a.sql").write_text("PARAM token VARCHAR NOT NULL SECRET CHECK (length(token) > 3);", "utf-8")
    ended = inside(tmp_path, "query", sql, "-p", "token=s3cr3t")
    assert ended.status == 1
    assert "s3cr3t" not in ended.stdout + ended.stderr


def test_a_check_that_fails_on_a_secret_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("", "utf-8")
    (tmp_path / "a.sql").write_text("PARAM token VARCHAR SECRET CHECK (CAST(token AS INT) > 3);", "utf-8")
    ended = inside(tmp_path, "query", "SELECT PARAM token AS v", "-p", "token=s3cr3t")
    assert (ended.status, "T2108" in ended.stderr) == (1, True)
    assert "s3cr3t" not in ended.stderr


def test_a_secret_is_refused_where_the_log_would_keep_it(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("", "utf-8")
    view = "CREATE MATERIALIZED VIEW m INTO 'm' REPLACE WHERE (a = PARAM token) AS SELECT PARAM token AS a"
    (tmp_path / "a.sql").write_text(f"PARAM token VARCHAR SECRET; {view};", "utf-8")
    ended = inside(tmp_path, "run", "-p", "token=s3cr3t")
    assert (ended.status, "error[T2106]" in ended.stderr) == (1, True)
    assert not (tmp_path / "m").exists()


def test_a_failure_behind_an_arrow_stream_is_told_briefly() -> None:
    failing = treadle.connect().query("SELECT 10 / (value - 1) AS v FROM generate_series(1, 3)")
    with pytest.raises(pa.ArrowInvalid) as raised:
        pa.table(failing)
    assert "T6050" in str(raised.value)
    assert "datafusion" not in str(raised.value)
    assert len(str(raised.value).splitlines()) < 10
