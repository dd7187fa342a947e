"""Change feeds that other writers wrote: every window of every table, equal to the library's reader wherever that can read it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.changes import by_library, replayed, rows_of, window
from treadle.dialect.diagnostics import TreadleError

TABLES = {
    "delta-rs/cdc_ict_table": 10,
    "delta-rs/cdf-table": 10,
    "delta-rs/cdf-table-non-partitioned": 15,
    "delta-rs/cdf-table-with-cdc-and-dvs": 26,
    "delta-rs/checkpoint-cdf-table": 6,
    "delta-rs/simple_table_with_cdc": 6,
    "kernel/cdf-table": 10,
    "kernel/cdf-table-partitioned": 6,
    "kernel/cdf-table-update-ops": 6,
    "kernel/compacted-log-files-table": 26,
}
"""Tables with a change feed, and how many windows of each can be read."""

MADE_UP = "kernel/cdf-table-update-ops"  # its files are written by hand and don't lead from one version to the next


def windows(head: int) -> list[tuple[int, int]]:
    """Return all windows of small tables, those up to the last version of long ones."""
    return [(first, last) for first in range(head + 1) for last in (range(first, head + 1) if head < 12 else (head,))]


@pytest.mark.parametrize("name", TABLES)
def test_every_window(name: str, corpora: Path) -> None:
    path = corpora / name
    readable = 0
    with treadle.connect() as connection:
        for first, last in windows(int(DeltaTable(str(path)).version())):
            theirs = _theirs(path, first, last)
            try:
                ours = connection.query(f"SELECT * FROM {window(path, first, last)}").to_arrow()
            except TreadleError as refused:
                assert theirs is None and {one.code for one in refused.diagnostics} <= {"T4022", "T4023"}, (first, last, refused)
                continue
            readable += 1
            if theirs is not None:
                assert rows_of(ours) == rows_of(theirs.select(ours.column_names)), (first, last)
            if name != MADE_UP and (first == 0 or _there(path, first - 1)):
                replayed(path, first, ours, last)
    assert readable == TABLES[name]


def _theirs(path: Path, first: int, last: int) -> pa.Table | None:
    try:
        return by_library(path, first, last)
    except BaseException as problem:  # panics of the library are no exceptions
        assert type(problem).__name__ in ("DeltaError", "PanicException", "ArrowInvalid", "Exception"), problem
        return None


def _there(path: Path, version: int) -> bool:
    try:
        DeltaTable(str(path), version=version)
    except Exception:
        return False
    return True
