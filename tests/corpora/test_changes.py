"""Change data of tables that others wrote: every window equals the library's, and replays to the version at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.changes import MARKS, by_library
from tests.support.corpora import require_corpora, versions
from tests.support.delta_support import read_entries
from tests.support.replay import replayed
from tests.support.same_rows import bag, columns

ENTRIES = read_entries()
FEEDS = [name for name, entry in ENTRIES.items() if "changeDataFeed" in entry.features and not name.startswith("made/")]
WINDOWS = 4
"""Windows that are read of one table."""
MADE_UP = {"kernel/cdf-table-update-ops"}
"""Tables whose change files don't follow from their rows."""


@pytest.fixture(scope="module")
def connection() -> treadle.Connection:
    return treadle.connect(require_corpora())


@pytest.mark.parametrize("name", FEEDS)
def test_windows(connection: treadle.Connection, name: str) -> None:
    path = connection.root / name
    there = versions(path)
    windows = [(one, one) for one in there] + [(one, there[-1]) for one in there[:-1]]
    for start, end in windows[:: max(1, len(windows) // WINDOWS)]:
        _check_window(connection, name, start, end)


def _check_window(connection: treadle.Connection, name: str, start: int, end: int) -> None:
    path = connection.root / name
    theirs = _library(path, start, end)
    try:
        sql = "SELECT * FROM read_delta_cdf($path, start_version => $first, end_version => $last)"
        found = connection.query(sql, path=name, first=start, last=end).to_arrow()
    except treadle.TreadleError as refused:
        (one,) = refused.diagnostics
        assert one.code in ("T4004", "T4006", "T4007", "T4022", "T4023", "T4024", "T4025"), one
        assert theirs is None or one.code == "T4022", f"{start} to {end}: the library reads what is refused: {one.message}"
        return
    names = [column for column in found.column_names if column not in MARKS]
    if theirs is not None:
        assert columns(found.schema) == columns(theirs.schema)
        assert bag(found, found.column_names) == bag(theirs, found.column_names), f"{start} to {end}"
    before, after = _rows(path, start - 1, names), _rows(path, end, names)
    if before is not None and after is not None and name not in MADE_UP:
        assert replayed(before, found, names) == after, f"{start} to {end}"


def _rows(path: Path, version: int, names: list[str]) -> Counter[Hashable] | None:
    if version < 0:
        return Counter()
    try:
        table = pa.table(DeltaTable(str(path), version=version).scan())
    except Exception:
        return None
    for name in names:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows))
    return bag(table, names)


def _library(path: Path, start: int, end: int) -> pa.Table | None:
    """Return the library's changes; None where it can't read them."""
    try:
        return by_library(path, start, end)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # panics of the library are no exceptions
        return None
