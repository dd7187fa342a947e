"""Columns that change within a window: what grows is read under one schema, everything else is refused at its commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Field, write_deltalake
from deltalake.schema import PrimitiveType

from tests.support.changes import FEED, actions, changes, commit, queried, refused, rewrite, window

MAPPED = {**FEED, "delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "2"}


def metadata(path: Path, fields: list[Any], **configuration: str) -> dict[str, Any]:
    """Return the action that gives a table other columns."""
    last = next(one for v in range(DeltaTable(str(path)).version(), -1, -1) for one in actions(path, v, "metaData"))
    schema = json.dumps({"type": "struct", "fields": fields})
    return {"metaData": {**last, "schemaString": schema, "configuration": {**last["configuration"], **configuration}}}


def field(name: str, type_: Any, nullable: bool = True, physical: str | None = None, number: int = 1) -> dict[str, Any]:
    """Return a column as Delta's schema has it."""
    mapping = {} if physical is None else {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical}
    return {"name": name, "type": type_, "nullable": nullable, "metadata": mapping}


def of(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "struct", "fields": list(fields)}


def table(path: Path, rows: Mapping[str, Any], **options: Any) -> Path:
    write_deltalake(str(path), pa.table(dict(rows)), configuration=FEED, **options)
    return path


def reader(path: Path, version: int, *features: str) -> dict[str, Any]:
    """Return the action that asks for reader features."""
    names = sorted({"changeDataFeed", *features})
    return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": list(features), "writerFeatures": names}}


def added(path: Path, name: str, rows: Mapping[str, Any]) -> dict[str, Any]:
    """Write a file of rows and return the action that adds it."""
    import pyarrow.parquet as pq

    pq.write_table(pa.table(dict(rows)), path / name)
    size = (path / name).stat().st_size
    return {"add": {"path": name, "partitionValues": {}, "size": size, "modificationTime": 1, "dataChange": True}}


def test_added_columns_are_null_before(tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": [1], "s": [{"x": 1}]})
    DeltaTable(str(path)).alter.add_columns([Field("b", PrimitiveType("string"))])
    write_deltalake(str(path), pa.table({"a": [2], "s": [{"x": 2, "y": "n"}], "b": ["t"]}), mode="append", schema_mode="merge")
    DeltaTable(str(path)).delete("a = 1")
    assert changes(tmp_path, path, 0) == sorted(
        [
            (1, {"x": 1, "y": None}, None, "insert", 0),
            (2, {"x": 2, "y": "n"}, "t", "insert", 2),
            (1, {"x": 1, "y": None}, None, "delete", 3),
        ],
        key=repr,
    )


def test_columns_that_may_be_null_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "t"
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False)])
    write_deltalake(str(path), pa.table({"a": [1]}, schema=schema), configuration=FEED)
    commit(path, metadata(path, [field("a", "long")]))
    write_deltalake(str(path), pa.table({"a": pa.array([None], pa.int64())}), mode="append")
    assert changes(tmp_path, path, 0) == [(1, "insert", 0), (None, "insert", 2)]


@pytest.mark.parametrize(
    ("old", "narrow", "new", "wide"),
    [
        (pa.int32(), 1, "long", 2**40),
        (pa.int16(), 1, "integer", 2**30),
        (pa.float32(), 1.5, "double", 1e300),
        (pa.int32(), 7, "double", 0.5),
        (pa.list_(pa.int32()), [1], {"type": "array", "elementType": "long", "containsNull": True}, [2**40]),
        (pa.struct([("x", pa.int32())]), {"x": 1}, of(field("x", "long")), {"x": 2**40}),
    ],
    ids=repr,
)
def test_types_that_grow_are_the_wide_one(old: pa.DataType, narrow: Any, new: Any, wide: Any, tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": pa.array([narrow], old)})
    commit(path, metadata(path, [field("a", new)]))
    types = {"long": pa.int64(), "integer": pa.int32(), "double": pa.float64()}
    kind = types[new] if isinstance(new, str) else pa.list_(pa.int64()) if pa.types.is_list(old) else pa.struct([("x", pa.int64())])
    commit(path, added(path, "wide.parquet", {"a": pa.array([wide], kind)}))
    found = queried(tmp_path, f"SELECT a, _commit_version FROM {window(path, 0)} ORDER BY _commit_version")
    assert found["a"].to_pylist() == [narrow, wide]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([field("a", "string"), field("b", "long")], "column `a` was BIGINT before and is VARCHAR after it"),
        ([field("a", "integer"), field("b", "long")], "column `a` was BIGINT before and is INT after it"),
        ([field("b", "long")], "column `a` was dropped"),
        ([field("a", "long", False), field("b", "long")], "column `a` could be null before and can't be null after it"),
        ([field("a", "long"), field("b", "long"), field("c", "long", False)], "column `c`, which can't be null, was added"),
    ],
)
def test_other_changes_are_refused_at_their_commit(fields: list[Any], said: str, tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": [1], "b": [2]})
    commit(path, {"commitInfo": {"timestamp": 0}}, metadata(path, fields))
    problem = refused(tmp_path, f"SELECT 1 AS one FROM {window(path, 0)}")
    assert problem["code"] == "T4025"
    assert f"can't be read across version 1 (1970-01-01 00:00:00.000 UTC): {said}" in problem["message"]
    assert "end the window at version 0, or start it at version 2" in problem["help"]
    assert changes(tmp_path, path, 1) == [], "nothing but the change of columns"


def test_nested_changes_are_refused_as_well(tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"s": [{"x": 1, "y": 2}], "l": [[{"z": 1}]]})
    commit(
        path,
        metadata(
            path,
            [
                field("s", of(field("x", "long"))),
                field("l", {"type": "array", "elementType": of(field("z", "long")), "containsNull": True}),
            ],
        ),
    )
    assert "column `s.y` was dropped" in refused(tmp_path, f"SELECT * FROM {window(path, 0)}")["message"]


def test_an_overwritten_schema_is_refused_and_its_own_commit_too(tmp_path: Path) -> None:
    """It also deletes the rows of the old columns."""
    path = table(tmp_path / "t", {"a": [1]})
    write_deltalake(str(path), pa.table({"a": ["x"]}), mode="overwrite", schema_mode="overwrite")
    write_deltalake(str(path), pa.table({"a": ["y"]}), mode="append")
    for start in (0, 1):
        problem = refused(tmp_path, f"SELECT * FROM {window(path, start)}")
        assert problem["code"] == "T4025" and "across version 1" in problem["message"], problem
    assert changes(tmp_path, path, 2) == [("y", "insert", 2)]
    problem = refused(tmp_path, f"SELECT * FROM {window(path, 0, 0)}")
    assert "don't fit its columns at version 2: column `a` was BIGINT before and is VARCHAR" in problem["message"]


def test_an_overwritten_schema_with_the_same_columns_is_read(tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": [1]})
    write_deltalake(str(path), pa.table({"a": [2], "b": [3]}), mode="overwrite", schema_mode="overwrite")
    assert changes(tmp_path, path, 0) == [(1, None, "delete", 1), (1, None, "insert", 0), (2, 3, "insert", 1)]


def test_columns_dropped_after_the_window_are_not_read(tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": [1], "b": [2]})
    commit(path, metadata(path, [field("a", "long")]))
    assert changes(tmp_path, path, 0, 0) == [(1, "insert", 0)]


def test_a_restore_takes_an_added_column_away_again(tmp_path: Path) -> None:
    path = table(tmp_path / "t", {"a": [1]})
    write_deltalake(str(path), pa.table({"a": [2], "b": [3]}), mode="append", schema_mode="merge")
    DeltaTable(str(path)).restore(0)
    problem = refused(tmp_path, f"SELECT * FROM {window(path, 0)}")
    assert "across version 2" in problem["message"] and "column `b` was dropped" in problem["message"]


def test_partition_columns_that_come_and_go(tmp_path: Path) -> None:
    """What stands in the log of one version may stand in the files of another."""
    path = table(tmp_path / "t", {"p": [1], "a": [1]})
    write_deltalake(str(path), pa.table({"p": [2], "a": [2]}), mode="overwrite", schema_mode="overwrite", partition_by=["p"])
    write_deltalake(str(path), pa.table({"p": [3], "a": [3]}), mode="overwrite", schema_mode="overwrite")
    said = [(1, 1, "delete", 1), (1, 1, "insert", 0), (2, 2, "delete", 2), (2, 2, "insert", 1), (3, 3, "insert", 2)]
    if DeltaTable(str(path)).metadata().partition_columns:
        said = [one for one in said if one[0] < 3] + [(3, 3, "insert", 2)]
    assert changes(tmp_path, path, 0) == said

    def bare(action: dict[str, Any]) -> dict[str, Any]:
        remove = action.get("remove")
        return action if remove is None else {"remove": {k: remove[k] for k in ("path", "dataChange", "deletionTimestamp")}}

    for version in (1, 2):
        rewrite(path, version, bare)
    assert changes(tmp_path, path, 0) == said
    assert changes(tmp_path, path, 2) == [one for one in said if one[3] == 2]
