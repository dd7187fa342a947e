"""Which files of a change window are read, by what is asked; and what receipts tell of it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.changes import FEED, queried, window
from tests.support.command import inside


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A table partitioned by p: versions 0 and 1 add k from 0 and from 10 to x and y, 2 updates k = 1, 3 overwrites everything."""
    path = tmp_path / "t"
    for first in (0, 10):
        rows = {"p": ["x", "y"], "k": [first, first + 1], "s": [{"n": first}, {"n": first + 1}]}
        write_deltalake(str(path), pa.table(rows), mode="append", partition_by=["p"], configuration=FEED)
    DeltaTable(str(path)).update({"k": "100"}, predicate="k = 1")
    write_deltalake(str(path), pa.table({"p": ["x"], "k": [20], "s": [{"n": 20}]}), mode="overwrite")
    return path


def planned(root: Path, condition: str) -> tuple[int, int, int]:
    """Return how many files a plan finds in the window, how many the log's values leave, how many are read."""
    root.joinpath("v.sql").write_text(
        "CREATE MATERIALIZED VIEW v INTO 'out' AS SELECT k, _commit_version AS v, _change_type AS c "
        f"FROM {window(root / 't', 0)} WHERE {condition};"
    )
    ended = inside(root, "run", "--json")
    assert ended.status == 0, ended.stderr
    (scan,) = [one for stage in json.loads(ended.stdout)["stages"] for one in stage["scans"]]
    return scan["files_total"], scan["files_after_partitions"], scan["files_read"]


@pytest.mark.parametrize(
    ("condition", "left", "read"),
    [
        ("true", 10, 10),
        ("_commit_version = 1", 2, 2),
        ("_commit_version >= 3", 5, 5),
        ("_commit_version > 3", 0, 0),
        ("_commit_version IN (0, 3) AND p = 'y'", 3, 3),
        ("_change_type = 'insert'", 6, 6),  # the change file may hold some
        ("_change_type LIKE 'update%'", 1, 1),
        ("_change_type <> 'insert'", 5, 5),
        ("_commit_timestamp < TIMESTAMP '2000-01-01'", 0, 0),
        ("_commit_timestamp > TIMESTAMP '2000-01-01'", 10, 10),
        ("p = 'y'", 5, 5),
        ("p IS NULL", 0, 0),
        ("_commit_version % 2 = 1", 7, 7),
        ("upper(p) = 'Y' AND _change_type <> 'delete'", 3, 3),
        ("k = 11", 10, 3),  # added, removed, and the change file, which has no statistics
        ("k > 50", 10, 2),
        ("s.n = 10 AND _commit_version < 2", 4, 1),
        ("(k = 20 AND _commit_version = 3) OR _commit_version = 0", 7, 3),
    ],
)
def test_files_are_left_out_by_what_the_log_says(condition: str, left: int, read: int, made: Path, tmp_path: Path) -> None:
    assert planned(tmp_path, condition) == (10, left, read)


@pytest.mark.parametrize(
    "condition",
    ["k = 11", "k = 1", "k >= 11 AND _change_type = 'delete'", "s.n < 10", "_commit_version % 2 = 1", "p = 'x' OR k = 100", "NOT k = 0"],
)
def test_no_row_is_lost(condition: str, made: Path, tmp_path: Path) -> None:
    pushed = queried(tmp_path, f"SELECT k, p, _commit_version AS v, _change_type AS c FROM {window(made, 0)} WHERE {condition}")
    kept = queried(
        tmp_path,
        f"SELECT k, p, v, c FROM (SELECT k, p, _commit_version AS v, _change_type AS c, {condition} AS yes, random() AS r "
        f"FROM {window(made, 0)}) AS q WHERE yes AND r >= 0",
    )
    order = [("k", "ascending"), ("v", "ascending"), ("c", "ascending")]
    assert pushed.num_rows and pushed.sort_by(order).to_pylist() == kept.sort_by(order).to_pylist()


def test_statistics_of_a_removed_file_stand_in_its_add(made: Path, tmp_path: Path) -> None:
    """A delete of everything is pruned by what the adds of the window say of the removed files."""
    assert planned(tmp_path, "_commit_version = 3 AND k = 11")[2] < planned(tmp_path, "_commit_version = 3")[2]


def test_receipts_tell_rows_bytes_and_files(made: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("v.sql").write_text(f"CREATE MATERIALIZED VIEW w INTO 'out2' AS SELECT k FROM {window(made, 0)};")
    ended = inside(tmp_path, "run", "--json")
    (scan,) = [one for stage in json.loads(ended.stdout)["stages"] for one in stage["scans"]]
    assert scan["reader"] == "native" and scan["rows"] == 10 + 1 and scan["bytes_scanned"] > 0
    assert scan["files_total"] == scan["files_read"] == 10


@pytest.mark.parametrize(
    ("columns", "how"),
    [
        ("k", "one partition; one partition"),
        ("k, _change_type", "2 partitions by union; one partition"),
        ("k, p", "2 partitions by union; one partition"),
        ("k, _commit_version", "3 partitions by union; one partition"),
        ("*", "7 partitions by union; one partition"),
    ],
)
def test_files_are_told_apart_by_what_is_read_alone(columns: str, how: str, made: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("v.sql").write_text(f"CREATE MATERIALIZED VIEW v INTO 'out' AS SELECT {columns} FROM {window(made, 0)};")
    (scan,) = [one for stage in json.loads(inside(tmp_path, "run", "--json").stdout)["stages"] for one in stage["scans"]]
    assert how in scan["notes"], scan["notes"]
