"""A query that is asked again is answered from what is remembered, and never from what is no longer so."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import treadle
from tests.support.made_tables import rows_deleted_by_partition

SQL = "SELECT count(*) AS n, sum(x) AS s FROM t WHERE x > 0"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project over one table of three rows."""
    write_deltalake(tmp_path / "one", pa.table({"x": [1, 2, 3]}))
    (tmp_path / "sources.sql").write_text("CREATE SOURCE t FROM DELTA 'one';\n", "utf-8")
    return tmp_path


def ask(connection: treadle.Connection, sql: str = SQL) -> list[tuple[object, ...]]:
    """Return a query's rows."""
    return connection.query(sql).fetchall()


def test_a_commit_between_two_queries_is_seen(project: Path) -> None:
    with treadle.open(project) as connection:
        assert ask(connection) == ask(connection) == [(3, 6)]
        write_deltalake(project / "one", pa.table({"x": [10]}), mode="append")
        assert ask(connection) == [(4, 16)]
        write_deltalake(project / "one", pa.table({"x": [5]}), mode="overwrite")
        assert ask(connection) == ask(connection) == [(1, 5)]


def test_a_link_that_leads_elsewhere_is_followed(project: Path) -> None:
    write_deltalake(project / "two", pa.table({"x": [7]}))
    (project / "sources.sql").write_text("CREATE SOURCE t FROM DELTA 'current';\n", "utf-8")
    (project / "current").symlink_to("one")
    with treadle.open(project) as connection:
        assert ask(connection) == ask(connection) == [(3, 6)]
        (project / "current").unlink()
        (project / "current").symlink_to("two")
        assert ask(connection) == [(1, 7)]


def test_a_file_that_went_away_is_missed(project: Path) -> None:
    with treadle.open(project) as connection:
        assert ask(connection) == ask(connection)
        for path in (project / "one").glob("*.parquet"):
            path.unlink()
        with pytest.raises(treadle.TreadleError, match="T4008"):
            ask(connection)
        with pytest.raises(treadle.TreadleError, match="T4008"):
            ask(connection, SQL + " AND x < 99")


def test_a_parquet_file_that_changed_is_read_anew(project: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1, 2, 3]}), project / "f.parquet")
    (project / "sources.sql").write_text("CREATE SOURCE t FROM PARQUET 'f.parquet';\n", "utf-8")
    with treadle.open(project) as connection:
        assert ask(connection) == ask(connection) == [(3, 6)]
        pq.write_table(pa.table({"x": [4, 5, 6]}), project / "f.parquet")
        os.utime(project / "f.parquet", ns=(0, 1_700_000_000_000_000_000))
        assert ask(connection) == [(3, 15)]


def test_the_clock_goes_on(project: Path) -> None:
    with treadle.open(project) as connection:
        first, second = (ask(connection, "SELECT now() AS t FROM t LIMIT 1")[0][0] for _ in range(2))
        assert str(first) < str(second)
        results = [connection.query(SQL) for _ in range(2)]
        assert [one.fetchall() for one in results] == [[(3, 6)], [(3, 6)]]
        one, two = (result.receipt for result in results)
        assert one.as_of < two.as_of and one.run_id != two.run_id and one.envelope_digest != two.envelope_digest
        assert (one.project_digest, one.spec_digest) == (two.project_digest, two.spec_digest)


ASKED = (
    "SELECT count(*) AS n FROM t",
    "SELECT count(*) AS n, sum(id) AS s FROM t",
    "SELECT p, count(*) AS n FROM t GROUP BY p",
    "SELECT p, sum(id) AS s FROM t WHERE p <> 1 GROUP BY p",
    "SELECT max(id) AS m FROM t WHERE id < 4",
    "SELECT count(*) AS n FROM t WHERE p = 1",
    "SELECT count(*) AS n FROM t AS a JOIN t AS b ON a.p = b.p",
    "SELECT * FROM t",
)


@pytest.mark.parametrize("seed", range(3))
def test_what_one_query_left_never_changes_the_next(seed: int, tmp_path: Path) -> None:
    """Relations are kept for queries that read other columns: each answer is that of a connection that was asked nothing before."""
    rows = rows_deleted_by_partition(tmp_path / "one")
    (tmp_path / "sources.sql").write_text("CREATE SOURCE t FROM DELTA 'one';\n", "utf-8")
    fresh = {}
    for sql in ASKED:
        with treadle.open(tmp_path) as connection:
            fresh[sql] = sorted(ask(connection, sql), key=repr)
    assert fresh[ASKED[0]] == [(rows.num_rows,)]
    with treadle.open(tmp_path) as connection:
        for sql in random.Random(seed).sample(ASKED * 2, 2 * len(ASKED)):
            assert sorted(ask(connection, sql), key=repr) == fresh[sql], sql


CHANGES = "read_delta_cdf('one', start_version => 1)"
ASKED_OF_CHANGES = (
    f"SELECT count(*) AS n FROM {CHANGES}",
    f"SELECT _change_type, count(*) AS n FROM {CHANGES} GROUP BY _change_type",
    f"SELECT _commit_version, p, sum(id) AS s FROM {CHANGES} GROUP BY _commit_version, p",
    f"SELECT sum(id) AS s FROM {CHANGES} WHERE _change_type = 'insert'",
    f"SELECT p, max(id) AS m FROM {CHANGES} WHERE _commit_version < 3 GROUP BY p",
    "SELECT count(*) AS n FROM read_delta_cdf('one', start_version => 2, end_version => 2)",
)


def test_changes_are_asked_again_too(tmp_path: Path) -> None:
    """Kept windows are those of the head that they were read at, and of the columns that the query reads."""
    feed = {"delta.enableChangeDataFeed": "true"}

    def commit(at: int) -> None:
        table = pa.table({"id": range(at * 10, at * 10 + 10), "p": [str(n % 2) for n in range(10)]})
        write_deltalake(tmp_path / "one", table, mode="append", partition_by=["p"], configuration=feed)

    def fresh(sql: str) -> list[tuple[object, ...]]:
        with treadle.connect(tmp_path) as other:
            return sorted(ask(other, sql), key=repr)

    for at in range(3):
        commit(at)
    DeltaTable(tmp_path / "one").delete("id % 3 = 0 AND p = '1'")
    with treadle.connect(tmp_path) as connection:
        for last in (False, True):
            for sql in random.Random(0).sample(ASKED_OF_CHANGES * 2, 2 * len(ASKED_OF_CHANGES)):
                assert sorted(ask(connection, sql), key=repr) == fresh(sql), sql
            if not last:
                commit(3)


def test_a_file_that_came_and_went_is_told_apart(tmp_path: Path) -> None:
    """The same file holds the inserts of one window and the deletes of another."""
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(tmp_path / "one", pa.table({"id": [1, 2]}), configuration=feed)
    write_deltalake(tmp_path / "one", pa.table({"id": [7]}), mode="overwrite")
    columns = "SELECT _change_type, _commit_version, sum(id) AS s FROM read_delta_cdf('one',"
    with treadle.connect(tmp_path) as connection:
        came = f"{columns} start_version => 0, end_version => 0) WHERE _change_type = 'insert' GROUP BY 1, 2"
        went = f"{columns} start_version => 1, end_version => 1) WHERE _change_type = 'delete' GROUP BY 1, 2"
        assert [ask(connection, sql) for sql in (came, went, came)] == [[("insert", 0, 3)], [("delete", 1, 3)], [("insert", 0, 3)]]
