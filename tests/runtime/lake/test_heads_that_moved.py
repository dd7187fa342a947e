"""Heads that moved are opened from what is known: only newer commits are read, as long as it is still the same table."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import treadle
from tests.support.lake import raised
from treadle.planner.ports import SourceRef
from treadle.runtime.lake import DeltaLake
from treadle.runtime.lake.log import entry_path


def rows_of(lake: DeltaLake, table: Path) -> tuple[int | None, int | None]:
    (pin,) = lake.cut([SourceRef("delta", str(table))]).pins
    return pin.version, pin.row_count


def append(table: Path, *values: int) -> None:
    write_deltalake(str(table), pa.table({"i": list(values)}), mode="append")


def spoil(table: Path, version: int) -> None:
    """Make an entry unreadable, in place: who knows its version already needn't look at it again."""
    entry_path(table, version).write_text("{no json")


def test_only_newer_commits_are_read(lake: DeltaLake, numbers: Path, tmp_path: Path) -> None:
    assert rows_of(lake, numbers) == (2, 2)
    spoil(numbers, 0)
    entry = entry_path(numbers, 2)
    append_by_hand(numbers)
    assert rows_of(lake, numbers) == (3, 2)
    assert "commit 0" in raised("T4007", lambda: rows_of(DeltaLake(tmp_path), numbers))
    entry.touch()  # somebody wrote the entry anew by which the head was known before last; the last one counts
    append_by_hand(numbers)
    assert rows_of(lake, numbers) == (4, 2)


def append_by_hand(table: Path) -> None:
    version = len(list((table / "_delta_log").glob("*.json")))
    entry_path(table, version).write_text('{"commitInfo":{"timestamp":1}}\n')


def test_an_entry_that_was_written_anew_is_not_built_upon(lake: DeltaLake, numbers: Path) -> None:
    assert rows_of(lake, numbers) == (2, 2)
    spoil(numbers, 0)
    os.utime(entry_path(numbers, 2), ns=(1, 1))
    append_by_hand(numbers)
    assert "commit 0" in raised("T4007", lambda: rows_of(lake, numbers))


def test_a_newer_commit_that_is_gone_is_read_around(lake: DeltaLake, numbers: Path) -> None:
    """A checkpoint bridges it, and all is read from there."""
    assert rows_of(lake, numbers) == (2, 2)
    for number in (7, 8, 9):
        append(numbers, number)
    DeltaTable(str(numbers)).create_checkpoint()
    entry_path(numbers, 4).unlink()
    assert rows_of(lake, numbers) == (5, 5)


def test_a_log_that_was_cleaned_up_is_read_anew(lake: DeltaLake, numbers: Path) -> None:
    assert rows_of(lake, numbers) == (2, 2)
    append(numbers, 7)
    DeltaTable(str(numbers)).create_checkpoint()
    for version in range(3):
        entry_path(numbers, version).unlink()
    assert rows_of(lake, numbers) == (3, 3)
    append(numbers, 8)
    assert rows_of(lake, numbers) == (4, 4)


@pytest.mark.parametrize("commits", [1, 3, 5])
def test_another_table_under_the_same_path_is_read_as_what_it_is(lake: DeltaLake, numbers: Path, commits: int) -> None:
    assert rows_of(lake, numbers) == (2, 2)
    shutil.rmtree(numbers)
    for number in range(commits):
        write_deltalake(str(numbers), pa.table({"j": [str(number)] * 3}), mode="append")
    for version in range(commits):
        os.utime(entry_path(numbers, version), ns=(version + 1, version + 1))
    assert rows_of(lake, numbers) == (commits - 1, 3 * commits)
    assert lake.schema(SourceRef("delta", str(numbers))).names == ("j",)


def test_connections_and_runs_open_heads_so(numbers: Path, tmp_path: Path) -> None:
    sql = "CREATE SOURCE n FROM DELTA 'numbers'; CREATE MATERIALIZED VIEW v INTO 'out' AS SELECT count(*) AS c FROM n;"
    (tmp_path / "treadle.toml").write_text("")
    (tmp_path / "v.sql").write_text(sql)
    with treadle.open(tmp_path) as project:
        assert project.query("SELECT count(*) AS c FROM n").to_arrow().to_pylist() == [{"c": 2}]
        assert project.run().receipt.status == "done"
        spoil(numbers, 0)
        append_by_hand(numbers)
        assert project.query("SELECT count(*) AS c FROM n").to_arrow().to_pylist() == [{"c": 2}]
        assert project.run().receipt.status == "done"
        assert [pin.version for pin in project.run().receipt.pins] == [3]
