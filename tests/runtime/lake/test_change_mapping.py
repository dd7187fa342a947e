"""Column mapping in change data: names of the files, renamed and dropped columns, mapping that is switched on within a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from tests.runtime.lake.test_change_schemas import added, field, metadata, of
from tests.support.changes import FEED, changes, commit, refused, window

MAPPED = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "9"}
FEATURES = ["changeDataFeed", "columnMapping"]
PROTOCOL = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["columnMapping"], "writerFeatures": FEATURES}}


def mapped(path: Path) -> Path:
    """A table whose mapping is switched on at version 1, with a column added and rows of both; the feed is on throughout."""
    write_deltalake(str(path), pa.table({"a": [1], "s": [{"x": 1}]}), configuration=FEED)
    fields = [
        field("a", "long", physical="a", number=1),
        field("s", of(field("x", "long", physical="x", number=3)), physical="s", number=2),
    ]
    commit(path, PROTOCOL, metadata(path, fields, **MAPPED))
    fields.append(field("b", "string", physical="col-b", number=4))
    fields[1]["type"]["fields"].append(field("y", "long", physical="col-y", number=5))
    commit(path, metadata(path, fields))
    commit(path, added(path, "v3.parquet", {"a": [2], "s": [{"x": 2, "col-y": 9}], "col-b": ["t"]}))
    return path


def cdc(path: Path, name: str, rows: dict[str, Any]) -> dict[str, Any]:
    """Write a change file and return its action."""
    folder = path / "_change_data"
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(rows), folder / name)
    size = (folder / name).stat().st_size
    return {"cdc": {"path": f"_change_data/{name}", "partitionValues": {}, "size": size, "dataChange": False}}


def test_rows_are_read_under_the_files_names(tmp_path: Path) -> None:
    path = mapped(tmp_path / "t")
    commit(path, cdc(path, "c.parquet", {"a": [2], "s": [{"x": 3, "col-y": 8}], "col-b": ["u"], "_change_type": ["update_postimage"]}))
    assert changes(tmp_path, path, 0) == sorted(
        [
            (1, {"x": 1, "y": None}, None, "insert", 0),
            (2, {"x": 2, "y": 9}, "t", "insert", 3),
            (2, {"x": 3, "y": 8}, "u", "update_postimage", 4),
        ],
        key=repr,
    )
    assert changes(tmp_path, path, 0, columns="b, s.y AS y") == sorted([(None, None), ("t", 9), ("u", 8)], key=repr)


def test_a_rename_within_the_window_is_refused_and_after_it_is_not(tmp_path: Path) -> None:
    path = mapped(tmp_path / "t")
    fields = [
        field("a", "long", physical="a", number=1),
        field("s", of(field("x", "long", physical="x", number=3), field("y", "long", physical="col-y", number=5)), physical="s", number=2),
        field("new", "string", physical="col-b", number=4),
    ]
    renamed = commit(path, metadata(path, fields))
    problem = refused(tmp_path, f"SELECT * FROM {window(path, 0)}")
    assert problem["code"] == "T4025" and f"across version {renamed}" in problem["message"]
    assert "column `b` was renamed to `new`" in problem["message"] and f"end the window at version {renamed - 1}" in problem["help"]
    assert changes(tmp_path, path, 3, 3, "a, new, s.y") == [(2, "t", 9)]
    assert changes(tmp_path, path, renamed) == []
    commit(path, added(path, "v5.parquet", {"a": [3], "col-b": ["w"]}))
    assert changes(tmp_path, path, renamed, columns="a, new") == [(3, "w")]


def test_a_dropped_column_within_the_window_is_refused(tmp_path: Path) -> None:
    path = mapped(tmp_path / "t")
    dropped = commit(path, metadata(path, [field("a", "long", physical="a", number=1)]))
    assert "column `s` was dropped" in refused(tmp_path, f"SELECT * FROM {window(path, 0)}")["message"]
    assert changes(tmp_path, path, 3, 3) == [(2, "insert", 3)]
    fields = [field("a", "long", physical="a", number=1), field("s", "long", physical="col-again", number=7)]
    commit(path, metadata(path, fields))
    commit(path, added(path, "again.parquet", {"a": [4], "col-again": [44]}))
    assert changes(tmp_path, path, dropped, columns="a, s") == [(4, 44)]
    assert changes(tmp_path, path, 3, 3, "a, s") == [(2, None)], "a column of the same name is another column"


def test_partition_columns_under_mapped_names(tmp_path: Path) -> None:
    path = tmp_path / "t"
    write_deltalake(str(path), pa.table({"p": ["x"], "a": [1]}), partition_by=["p"], configuration=FEED)
    fields = [field("p", "string", physical="p", number=1), field("a", "long", physical="a", number=2)]
    commit(path, PROTOCOL, metadata(path, fields, **MAPPED))
    fields[0]["name"] = "part"
    commit(path, {"metaData": {**metadata(path, fields)["metaData"], "partitionColumns": ["part"]}})
    add = added(path, "m.parquet", {"a": [2]})
    add["add"]["partitionValues"] = {"p": "é %"}
    commit(path, add)
    assert changes(tmp_path, path, 2, columns="part, a") == [("é %", 2)]
    assert changes(tmp_path, path, 0, 0, "part, a") == [("x", 1)]
    assert DeltaTable(str(path)).version() == 3
