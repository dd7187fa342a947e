"""First rows of an order over partition columns: the engine sorts branches without keys that are constant there, and loses rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datafusion import SessionConfig, SessionContext
from deltalake import write_deltalake

import treadle

TRIES = 6

Row = tuple[int, int | None]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables whose partitions come in another order than their values; the low values of `id` are in the high partitions."""
    root = tmp_path_factory.mktemp("lake")
    for name, count in (("few", 4), ("some", 20), ("many", 40)):
        for part in range(3):
            ids = [at * 3 + part for at in range(80)]
            d = pa.array([None if n % count == 0 else count - n % count for n in ids], pa.int32())
            table = pa.table({"id": pa.array(ids), "d": d})
            write_deltalake(root / name, table, mode="append", partition_by=["d"], configuration={"delta.enableChangeDataFeed": "true"})
    return root


def in_order(rows: list[Row], *, falling: bool) -> list[Row]:
    """Return rows by `d`, nulls last, and `id`; falling: both the other way round, nulls first."""
    return sorted(rows, key=lambda row: (row[1] is None, row[1] or 0, row[0]), reverse=falling)


@pytest.mark.parametrize("name", ["few", "some", "many"])
@pytest.mark.parametrize("source", ["read_delta('{}')", "read_delta_cdf('{}', start_version => 0)"])
@pytest.mark.parametrize("falling", [False, True])
def test_first_rows_by_partition_and_another_column(lake: Path, name: str, source: str, falling: bool) -> None:
    source, way = source.format(name), " DESC" if falling else ""
    with treadle.connect(lake) as connection:
        rows = in_order(connection.query(f"SELECT id, d FROM {source}").fetchall(), falling=falling)
        assert len(rows) == 240
        for limit in range(3, 3 + TRIES):
            sql = f"SELECT id, d FROM {source} ORDER BY d{way}, id{way} LIMIT {limit}"
            assert connection.query(sql).fetchall() == rows[:limit], sql


def test_first_rows_over_a_union_of_constants(lake: Path) -> None:
    union = "SELECT id, 2 AS d FROM read_delta('few') UNION ALL SELECT id + 50, 1 FROM read_delta('some')"
    with treadle.connect(lake) as connection:
        for limit in range(3, 3 + TRIES):
            found = connection.query(f"SELECT id, d FROM ({union}) AS u ORDER BY d, id LIMIT {limit}").fetchall()
            assert found == [(50 + at, 1) for at in range(limit)]


def test_the_engine_still_loses_them(tmp_path: Path) -> None:
    """Where this fails, the engine sorts by all keys again: `runtime/engine/top_keys.py` can go."""
    pq.write_table(pa.table({"id": range(0, 60, 2)}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": range(1, 400, 10)}), tmp_path / "b.parquet")
    context = SessionContext(SessionConfig().with_target_partitions(2))
    for name in ("a", "b"):
        context.register_parquet(name, str(tmp_path / f"{name}.parquet"))
    sql = "SELECT * FROM (SELECT id, 2 AS d FROM a UNION ALL SELECT id, 1 AS d FROM b) AS u ORDER BY d, id LIMIT 3"
    plan = context.sql(sql).execution_plan().display_indent()
    assert "SortPreservingMergeExec: [d@1 ASC NULLS LAST, id@0 ASC NULLS LAST]" in plan
    assert "SortExec: TopK(fetch=3), expr=[id@0 ASC NULLS LAST]" in plan
