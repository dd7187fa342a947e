"""Changes of every kind of commit, through `treadle query`: equal to the library's reader, and replaying to the last version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Field, write_deltalake
from deltalake.schema import PrimitiveType

from tests.support.changes import FEED, actions, by_library, changes, commit, queried, replayed, rewrite, rows_of, window

ROWS = {"p": ["x", "x", "y", None], "k": [1, 2, 3, 4], "v": ["a", None, "c", "d"]}


def table(rows: dict[str, Any]) -> pa.Table:
    return pa.table({"p": pa.array(rows["p"], pa.string()), "k": pa.array(rows["k"], pa.int64()), "v": pa.array(rows["v"], pa.string())})


@pytest.fixture(params=[None, ["p"]], ids=["plain", "partitioned"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A table of four rows with its change feed on."""
    path = tmp_path / "t"
    write_deltalake(str(path), table(ROWS), partition_by=request.param, configuration=FEED)
    return path


def proved(tmp_path: Path, path: Path, start: int = 1, *, library: bool = True) -> pa.Table:
    """Return the changes from a version on, once they are the library's and lead to the last version."""
    found = queried(tmp_path, f"SELECT * FROM {window(path, start)}")
    replayed(path, start, found)
    if library:
        assert rows_of(found) == rows_of(by_library(path, start).select(found.column_names))
    return found


def kinds(found: pa.Table) -> list[tuple[int, str, int]]:
    """Return version, kind and key of each change."""
    return sorted(zip(found["_commit_version"].to_pylist(), found["_change_type"].to_pylist(), found["k"].to_pylist(), strict=True))


def append(path: Path) -> None:
    write_deltalake(str(path), table({"p": ["y"], "k": [5], "v": ["e"]}), mode="append")


def overwrite(path: Path) -> None:
    write_deltalake(str(path), table({"p": ["x"], "k": [6], "v": ["f"]}), mode="overwrite")


def overwrite_a_partition(path: Path) -> None:
    write_deltalake(str(path), table({"p": ["x"], "k": [7], "v": ["g"]}), mode="overwrite", predicate="p = 'x'")


def merge(path: Path) -> None:
    news = table({"p": ["x", "z"], "k": [1, 9], "v": ["new", "z"]})
    with_news = DeltaTable(str(path)).merge(news, "t.k = s.k", source_alias="s", target_alias="t")
    with_news.when_matched_update_all().when_not_matched_insert_all().execute()


def update(path: Path) -> None:
    DeltaTable(str(path)).update({"v": "'changed'"}, predicate="k >= 2")


def delete(path: Path) -> None:
    DeltaTable(str(path)).delete("k = 2")


def delete_everything(path: Path) -> None:
    DeltaTable(str(path)).delete()


def restore(path: Path) -> None:
    DeltaTable(str(path)).restore(0)


def optimize(path: Path) -> None:
    append(path)
    DeltaTable(str(path)).optimize.compact()


def add_a_column(path: Path) -> None:
    DeltaTable(str(path)).alter.add_columns([Field("n", PrimitiveType("long"))])
    rows = table({"p": ["y"], "k": [5], "v": ["e"]}).append_column("n", pa.array([1], pa.int64()))
    write_deltalake(str(path), rows, mode="append")


def set_a_property(path: Path) -> None:
    DeltaTable(str(path)).alter.set_table_properties({"delta.logRetentionDuration": "interval 90 days"})


EVENTS = (append, overwrite, overwrite_a_partition, merge, update, delete, delete_everything, optimize, add_a_column, set_a_property)


@pytest.mark.parametrize("event", EVENTS)
def test_each_kind_of_commit(event: Callable[[Path], None], made: Path, tmp_path: Path) -> None:
    event(made)
    later = proved(tmp_path, made)
    assert len(proved(tmp_path, made, 0)) == len(later) + len(ROWS["k"])


def test_all_of_them_in_one_window(made: Path, tmp_path: Path) -> None:
    for event in EVENTS[:5]:
        event(made)
    DeltaTable(str(made)).create_checkpoint()
    restore(made)
    for event in EVENTS[5:]:
        event(made)
    last = DeltaTable(str(made)).version()
    counts = [len(proved(tmp_path, made, start)) for start in range(last + 1)]
    assert counts == sorted(counts, reverse=True)


def test_what_the_kinds_are(made: Path, tmp_path: Path) -> None:
    update(made)
    delete(made)
    overwrite(made)
    restore(made)
    found = kinds(proved(tmp_path, made))
    assert [one for one in found if one[0] == 1] == [
        *((1, "update_postimage", k) for k in (2, 3, 4)),
        *((1, "update_preimage", k) for k in (2, 3, 4)),
    ]
    assert [one for one in found if one[0] == 2] == [(2, "delete", 2)]
    assert [one for one in found if one[0] == 3] == [*((3, "delete", k) for k in (1, 3, 4)), (3, "insert", 6)]
    assert [one for one in found if one[0] == 4] == [(4, "delete", 6), *((4, "insert", k) for k in (1, 2, 3, 4))]


def test_files_that_only_move_rows_are_no_changes(made: Path, tmp_path: Path) -> None:
    append(made)
    optimize(made)
    assert [one[1:] for one in kinds(proved(tmp_path, made, 2))] == [("insert", 5)]
    moved = DeltaTable(str(made)).version()
    assert changes(tmp_path, made, moved) == []


def test_types_of_the_change_columns(made: Path, tmp_path: Path) -> None:
    append(made)
    found = queried(tmp_path, f"SELECT * FROM {window(made, 0)}")
    assert found.schema.names == ["p", "k", "v", "_change_type", "_commit_version", "_commit_timestamp"]
    assert found.schema.field("_commit_version").type == pa.int64()
    assert found.schema.field("_commit_timestamp").type == pa.timestamp("us", "UTC")


def test_times_are_in_commit_ones_then_the_writers_then_the_files(made: Path, tmp_path: Path) -> None:
    for _ in range(3):
        append(made)

    def said(**times: int) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
        return lambda action: {"commitInfo": {"operation": "WRITE", **times}} if "commitInfo" in action else action

    rewrite(made, 1, said(inCommitTimestamp=1_000, timestamp=2_000))
    rewrite(made, 2, said(timestamp=2_500))
    rewrite(made, 3, lambda action: None if "commitInfo" in action else action)
    found = changes(tmp_path, made, 1, columns="_commit_version, _commit_timestamp")
    assert [at for _, at in found[:2]] == [dt.datetime(1970, 1, 1, 0, 0, s, m, dt.UTC) for s, m in ((1, 0), (2, 500_000))]
    assert abs(found[2][1] - dt.datetime.now(dt.UTC)) < dt.timedelta(days=1)


def test_removes_that_say_nothing_of_their_files(made: Path, tmp_path: Path) -> None:
    """Partition values and sizes stand in the add, in the window or before it."""
    append(made)
    overwrite(made)
    overwrite(made)

    def bare(action: dict[str, Any]) -> dict[str, Any]:
        remove = action.get("remove")
        return action if remove is None else {"remove": {k: remove[k] for k in ("path", "dataChange", "deletionTimestamp")}}

    for version in (2, 3):
        rewrite(made, version, bare)
    assert [len(proved(tmp_path, made, start, library=False)) for start in range(4)] == [13, 9, 8, 2]


def test_a_merge_without_changed_rows_that_rewrote_files(made: Path, tmp_path: Path) -> None:
    """Spark writes such commits without change files; Delta's own reader leaves them out."""
    overwrite(made)
    counts = {f"numTargetRows{what}": "0" for what in ("Inserted", "Updated", "Deleted")}
    rewrite(made, 1, lambda a: {"commitInfo": {"operation": "MERGE", "operationMetrics": counts}} if "commitInfo" in a else a)
    assert changes(tmp_path, made, 1) == []
    counts["numTargetRowsDeleted"] = "3"
    rewrite(made, 1, lambda a: {"commitInfo": {"operation": "MERGE", "operationMetrics": counts}} if "commitInfo" in a else a)
    assert len(changes(tmp_path, made, 1)) == 5


def test_a_file_that_is_added_again_unchanged_is_no_change(made: Path, tmp_path: Path) -> None:
    add = actions(made, 0, "add")[0]
    remove = {"path": add["path"], "dataChange": True, "deletionTimestamp": 1, "partitionValues": add["partitionValues"], "size": 1}
    commit(made, {"remove": remove}, {"add": add})
    assert changes(tmp_path, made, 1) == []


def test_commits_after_the_pin_stay_out(made: Path, tmp_path: Path) -> None:
    append(made)
    append(made)
    assert {version for *_, version in changes(tmp_path, made, 0, 1)} == {0, 1}
    assert changes(tmp_path, made, 3) == []


def test_absolute_paths_of_a_shallow_clone(made: Path, tmp_path: Path) -> None:
    """The log of a clone names the files of its source, escaped once, as URLs or bare."""
    clone = tmp_path / "a clone"
    (clone / "_delta_log").mkdir(parents=True)
    absolute = iter(("file://", "", "file://", "file://"))

    def away(action: dict[str, Any]) -> dict[str, Any]:
        add = action.get("add")
        return action if add is None else {"add": {**add, "path": f"{next(absolute)}{made}/{add['path']}"}}

    entry = made / "_delta_log" / f"{0:020}.json"
    (clone / "_delta_log" / entry.name).write_text(entry.read_text())
    rewrite(clone, 0, away)
    assert changes(tmp_path, clone, 0) == changes(tmp_path, made, 0)
