"""Deletion vectors in change data: rows by which two vectors of a file differ, and rows that are marked in files that come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.changes import FEED, actions, changes, commit, queried, refused, replayed, window
from tests.support.deletion_vectors import descriptor, mark

Rows = list[tuple[Any, ...]]
KINDS = ("i", "u")


@pytest.fixture(params=[None, ["p"]], ids=["plain", "partitioned"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A table of ten rows in one file; k is the row's number."""
    path = tmp_path / "t"
    rows = {"p": ["a b"] * 10, "k": range(10), "v": [1.5] * 10}
    write_deltalake(str(path), pa.table(rows), partition_by=request.param, configuration=FEED)
    return path


def redraw(path: Path, old: list[int] | None, new: list[int] | None, storage: Any = "i") -> int:
    """Commit that the rows marked in the table's one file are others; the vectors before and after are told anew."""
    add = actions(path, 0, "add")[0]
    kept = {name: add[name] for name in ("path", "partitionValues", "size", "dataChange")}
    before = {} if old is None else {"deletionVector": descriptor(path, old, storage)}
    after = {} if new is None else {"deletionVector": descriptor(path, new, storage)}
    remove = {"remove": {**kept, **before, "deletionTimestamp": 1, "extendedFileMetadata": True}}
    return commit(path, remove, {"add": {**kept, **after, "modificationTime": 1, "stats": add["stats"]}})


def marked(path: Path, *rows: int) -> None:
    """Mark rows of the one file, in the log."""
    mark(path, {actions(path, 0, "add")[0]["path"]: rows}, "i")


def found(tmp_path: Path, path: Path, start: int, end: int | None = None) -> Rows:
    return changes(tmp_path, path, start, end, "_commit_version, _change_type, k")


@pytest.mark.parametrize("storage", KINDS)
def test_rows_that_are_marked_are_deletes_and_unmarked_ones_inserts(made: Path, tmp_path: Path, storage: str) -> None:
    path = actions(made, 0, "add")[0]["path"]
    mark(made, {path: [1, 2]}, storage)  # type: ignore[arg-type]
    assert found(tmp_path, made, 1) == [(1, "delete", 1), (1, "delete", 2)]
    replayed(made, 1, queried(tmp_path, f"SELECT * FROM {window(made, 1)}"))


def test_vectors_that_change(made: Path, tmp_path: Path) -> None:
    marked(made, 1, 2)
    redraw(made, [1, 2], [1, 2, 5])
    redraw(made, [1, 2, 5], [2, 7])
    redraw(made, [2, 7], None)
    redraw(made, None, None)
    assert found(tmp_path, made, 1) == [
        (1, "delete", 1),
        (1, "delete", 2),
        (2, "delete", 5),
        (3, "delete", 7),
        (3, "insert", 1),
        (3, "insert", 5),
        (4, "insert", 2),
        (4, "insert", 7),
    ]
    assert len(found(tmp_path, made, 0)) == 10 + 8


def test_empty_differences_read_no_file(made: Path, tmp_path: Path) -> None:
    marked(made, 1, 2)
    redraw(made, [1, 2], [1, 2, 5])
    redraw(made, [1, 2, 5], [1, 2, 5], "u")
    tmp_path.joinpath("v.sql").write_text(f"CREATE MATERIALIZED VIEW v INTO 'o' AS SELECT k FROM {window(made, 1)};")
    import json

    from tests.support.command import inside

    (scan,) = [one for stage in json.loads(inside(tmp_path, "run", "--json").stdout)["stages"] for one in stage["scans"]]
    assert scan["files_total"] == 2


def test_files_with_vectors_that_are_removed_or_added(made: Path, tmp_path: Path) -> None:
    """An overwrite deletes the rows that were left; a restore brings just those back."""
    marked(made, 0, 3)
    write_deltalake(str(made), pa.table({"p": ["c"], "k": [100], "v": [0.0]}), mode="overwrite")
    rest = [k for k in range(10) if k not in (0, 3)]
    assert found(tmp_path, made, 2) == sorted([*((2, "delete", k) for k in rest), (2, "insert", 100)], key=repr)
    marked_add = next(one for one in actions(made, 1, "add"))
    commit(made, {"add": marked_add})
    assert found(tmp_path, made, 3) == [(3, "insert", k) for k in rest]


def test_conditions_and_deletion_vectors(made: Path, tmp_path: Path) -> None:
    marked(made, 1, 2, 8)
    sql = f"SELECT k, count(*) OVER () AS n FROM {window(made, 0)} WHERE k > 1 AND _change_type = 'delete' ORDER BY k"
    assert queried(tmp_path, sql).to_pylist() == [{"k": 2, "n": 2}, {"k": 8, "n": 2}]
    assert queried(tmp_path, f"SELECT count(*) AS n FROM {window(made, 1)}").to_pylist() == [{"n": 3}]


def test_a_vector_that_is_gone_is_named_with_its_commit(made: Path, tmp_path: Path) -> None:
    mark(made, {actions(made, 0, "add")[0]["path"]: [1]}, "u")
    redraw(made, [1], [1, 2], "u")
    for file in made.glob("deletion_vector_*.bin"):
        file.unlink()
    problem = refused(tmp_path, f"SELECT * FROM {window(made, 0)}")
    assert problem["code"] == "T4024" and "with changes of version 1" in problem["message"] and "deletion_vector_" in problem["message"]
    assert len(found(tmp_path, made, 0, 0)) == 10


def test_the_library_and_a_merge_on_top_of_vectors(made: Path, tmp_path: Path) -> None:
    """Change files of later commits stand for themselves."""
    marked(made, 4)
    before = DeltaTable(str(made)).version()
    assert found(tmp_path, made, before) == [(before, "delete", 4)]
