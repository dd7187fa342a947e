"""Columns that files name otherwise, in depth; and many files with values from the log, through links and without them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    VARCHAR,
    DataType,
    Field,
    Schema,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.ports import DataFile
from treadle.planner.values import Value
from treadle.runtime.engine.execute import execute
from treadle.runtime.engine.relations import register_parquet
from treadle.runtime.session import Session


def ask(session: Session, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in execute(session, sql, {}).table().to_pylist()]


def written(path: Path, table: pa.Table, **options: object) -> DataFile:
    pq.write_table(table, path, **options)  # type: ignore[arg-type]
    return DataFile(str(path), path.stat().st_size, table.num_rows)


INNER = struct(Field("x y", BIGINT), Field("z", list_of(struct(Field("deep", VARCHAR)))))
STORED_INNER = struct(Field("c2", BIGINT), Field("c3", list_of(struct(Field("c4", VARCHAR)))))
LOGICAL = Schema(
    (Field("b", BIGINT), Field("f", DOUBLE), Field("s", INNER), Field("l", list_of(INNER)), Field("m", map_of(VARCHAR, INNER)))
)
STORED = Schema(
    (
        Field("a", BIGINT),
        Field("c1", DOUBLE),
        Field("c5", STORED_INNER),
        Field("b", list_of(STORED_INNER)),
        Field("c6", map_of(VARCHAR, STORED_INNER)),
    )
)


def test_names_in_depth_with_nulls_everywhere(session: Session, tmp_path: Path) -> None:
    """Names may cross: what files call `b` is the table's `l`."""
    item = pa.struct([("c2", pa.int64()), ("c3", pa.list_(pa.struct([("c4", pa.string())])))])
    value = {"c2": 1, "c3": [{"c4": "d"}, None, {"c4": None}]}
    data = {
        "a": pa.array([1, None, 3]),
        "c1": pa.array([0.5, float("nan"), None]),
        "c5": pa.array([value, None, {"c2": None, "c3": None}], item),
        "b": pa.array([[value, None], None, []], pa.list_(item)),
        "c6": pa.array([[("k", value), ("n", None)], [], None], pa.map_(pa.string(), item)),
    }
    files = [written(tmp_path / f"{i}.parquet", pa.table(data)) for i in range(2)]
    register_parquet(session, "r0", LOGICAL, files, STORED)
    named = {"x y": 1, "z": [{"deep": "d"}, None, {"deep": None}]}
    rows = ask(session, "SELECT b, s, l, m FROM r0 ORDER BY b")
    assert rows[::2] == [
        (1, named, [named, None], [("k", named), ("n", None)]),
        (3, {"x y": None, "z": None}, [], None),
        (None, None, None, []),
    ]
    assert ask(session, "SELECT s['x y'] AS a, l[1]['z'][1]['deep'] AS b, m['k']['x y'] AS c FROM r0 WHERE b = 1")[0] == (1, "d", 1)
    assert ask(session, "SELECT count(*) AS n, max(b) AS b FROM r0 WHERE s IS NULL OR s['x y'] = 1") == [(4, 1)]


def test_conditions_reach_the_parquet_reader_under_other_names(session: Session, tmp_path: Path) -> None:
    rows = pa.table({"c": list(range(100_000)), "d": ["x"] * 100_000, "e": [0.5] * 100_000})
    file = written(tmp_path / "a.parquet", rows, row_group_size=1000)
    columns = Schema((Field("id", BIGINT), Field("d", VARCHAR)))
    register_parquet(session, "r0", columns, [file], Schema((Field("c", BIGINT), Field("d", VARCHAR))))
    execution = execute(session, "SELECT d FROM r0 WHERE id = 77", {})
    assert execution.table().num_rows == 1
    assert execution.operators()[-1].metrics["bytes_scanned"] < file.size / 10


def test_files_with_their_own_names(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("a", BIGINT), Field("b", BIGINT)))
    usual = written(tmp_path / "0.parquet", pa.table({"c1": [1], "c2": [2]}))
    own = written(tmp_path / "1.parquet", pa.table({"x": [3], "c1": [9]}))
    stored = Schema((Field("c1", BIGINT), Field("c2", BIGINT)))
    files = [usual, DataFile(own.path, own.size, 1, stored=Schema((Field("x", BIGINT), Field("__treadle_absent_2", BIGINT))))]
    register_parquet(session, "r0", columns, files, stored)
    assert ask(session, "SELECT a, b FROM r0 ORDER BY a") == [(1, 2), (3, None)]


KINDS: tuple[tuple[str, DataType, Sequence[object]], ...] = (
    ("s", VARCHAR, [f"v {n}/é%20'\"=&?#[*]{'x' * n}" for n in range(40)]),
    ("long", VARCHAR, [f"{n}" + "y" * 300 for n in range(40)]),
    ("i", INT, [n - 20 for n in range(40)]),
    ("big", BIGINT, [2**63 - 1 - n for n in range(40)]),
    ("d", DATE, [date(1, 1, 1) + timedelta(days=30_000 * n) for n in range(40)]),
    ("n", decimal(20, 4), [Decimal(n - 7) / 16 for n in range(40)]),
    ("t", timestamp(6, "UTC"), [datetime(1969, 12, 31, 23, 59, 59, n, tzinfo=UTC) for n in range(40)]),
    ("ntz", timestamp(6), [datetime(9999, 12, 31, 23, 59, 59, n) for n in range(40)]),
    ("f", DOUBLE, [float("inf"), -0.5, *(n / 3 for n in range(38))]),
    ("x", BYTEA, [bytes([n, 255]) for n in range(40)]),
    ("ok", BOOLEAN, [n % 2 == 0 for n in range(40)]),
    ("odd", VARCHAR, ["", None, ".", "..", "__HIVE_DEFAULT_PARTITION__", "null", "a=b", "%41", *(f"o{n}" for n in range(32))]),
)


@pytest.mark.parametrize(("name", "kind", "values"), KINDS, ids=[name for name, _, _ in KINDS])
@pytest.mark.parametrize("links", [True, False])
def test_values_of_every_type_in_many_files(
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: DataType,
    values: Sequence[object],
    links: bool,
) -> None:
    monkeypatch.setattr("treadle.runtime.engine.farms.can_link", lambda: links)
    columns = Schema((Field("id", BIGINT), Field("p", kind), Field("at", BIGINT)))
    files = []
    for at, value in enumerate(values):
        made = written(tmp_path / f"{at}.parquet", pa.table({"id": [at]}))
        files.append(DataFile(made.path, made.size, 1, (("p", Value(kind, value)), ("at", Value(BIGINT, at)))))
    how = register_parquet(session, "r0", columns, files)
    assert ("links" in how) <= links
    assert ask(session, "SELECT id, p, at FROM r0 ORDER BY id") == [(at, value, at) for at, value in enumerate(values)]
    assert ask(session, "SELECT count(*) AS n FROM r0 WHERE at > 3 OR id = 1") == [(37,)]
    assert ask(session, "SELECT id FROM r0 WHERE p = (SELECT p FROM r0 WHERE id = 17) AND at >= 17 ORDER BY id LIMIT 1") == [(17,)]


def test_ten_thousand_partitions(session: Session, tmp_path: Path) -> None:
    file = written(tmp_path / "a.parquet", pa.table({"id": [1, 2]}))
    columns = Schema((Field("id", BIGINT), Field("p", VARCHAR)))
    files = [DataFile(file.path, file.size, 2, (("p", Value(VARCHAR, f"p{n}")),)) for n in range(10_000)]
    assert register_parquet(session, "r0", columns, files) == "10000 partitions by links"
    assert ask(session, "SELECT count(*) AS n, sum(id) AS s FROM r0 WHERE p = 'p777'") == [(2, 3)]
