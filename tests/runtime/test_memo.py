"""What a connection remembers of a query is used only while it holds: every way in which the answer may change."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

import treadle
from treadle.runtime.kept import KEPT, Memo
from treadle.runtime.memo import key_of


def test_new_rows_columns_and_types_of_a_table_are_seen(tmp_path: Path) -> None:
    path = str(tmp_path / "t")
    write_deltalake(path, pa.table({"a": [1]}))
    con = treadle.connect(tmp_path)
    assert con.query("SELECT * FROM 't'").fetchall() == [(1,)]
    write_deltalake(path, pa.table({"a": [2]}), mode="append")
    assert sorted(con.query("SELECT * FROM 't'").fetchall()) == [(1,), (2,)]
    write_deltalake(path, pa.table({"a": [3], "b": ["x"]}), mode="append", schema_mode="merge")
    assert sorted(con.query("SELECT * FROM 't'").fetchall()) == [(1, None), (2, None), (3, "x")]
    write_deltalake(path, pa.table({"a": ["now text"]}), mode="overwrite", schema_mode="overwrite")
    assert con.query("SELECT * FROM 't'").fetchall() == [("now text",)]


def test_a_replaced_file_is_read_anew(tmp_path: Path) -> None:
    con = treadle.connect(tmp_path)
    for table in (pa.table({"a": [1]}), pa.table({"a": [2, 3]}), pa.table({"b": ["x"]})):
        pq.write_table(table, tmp_path / "f.parquet")
        assert con.query("SELECT * FROM 'f.parquet'").to_arrow().to_pylist() == table.to_pylist()


def test_frames_values_and_the_clock_are_those_of_the_call(tmp_path: Path) -> None:
    con = treadle.connect(tmp_path)
    for rows in ([1, 2], [3]):
        con.register("t", pa.table({"a": rows}))
        assert con.query("SELECT a FROM t").fetchall() == [(a,) for a in rows]
    found = [con.query("SELECT $x AS x", x=value).to_arrow().schema.field("x").type for value in (1, 1.0, True, "1", 1)]
    assert [str(kind) for kind in found] == ["int64", "double", "bool", "string", "int64"]
    first, second = (con.query("SELECT now() AS n").fetchall() for _ in range(2))
    assert first < second


def test_an_edited_view_is_bound_anew(tmp_path: Path) -> None:
    view = tmp_path / "v.sql"
    project = None
    for number in (1, 2):
        view.write_text(f"CREATE VIEW v AS SELECT {number} AS a;")
        project = project or treadle.open(tmp_path)
        assert project.query("SELECT a FROM v").fetchall() == [(number,)]


def test_only_so_many_are_kept_and_odd_values_are_not() -> None:
    memo: Memo[int] = Memo()
    for number in range(KEPT + 1):
        memo.put(key_of("q", values={"x": number}), number)
    assert memo.get(key_of("q", values={"x": 0})) is None
    assert memo.get(key_of("q", values={"x": KEPT})) == KEPT
    assert key_of("q", values={"x": {"a": 1}}) is None
    assert key_of("q", values={"x": 1}) != key_of("q", values={"x": True}) != key_of("q", values={"x": 1.0})
    assert key_of("q", values={"x": [1, 2]}) != key_of("q", values={"x": [1.0, 2]})
