"""What tests of change data share: changes through `treadle query`, through the library, and commits written by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from tests.support.command import inside
from tests.support.place import Said, said
from treadle.runtime.lake.log import entry_path

FEED = {"delta.enableChangeDataFeed": "true"}
MARKS = ("_change_type", "_commit_version", "_commit_timestamp")

Rows = list[tuple[Any, ...]]


def window(path: Path, start: int, end: int | None = None) -> str:
    """Return the call that reads a table's changes."""
    last = "" if end is None else f", end_version => {end}"
    return f"read_delta_cdf('{str(path).replace(chr(39), chr(39) * 2)}', start_version => {start}{last})"


def queried(root: Path, sql: str) -> pa.Table:
    """Return the rows of `treadle query`, with their types."""
    ended = inside(root, "query", sql, "-o", "rows.arrow")
    assert ended.status == 0, ended.stderr
    with pa.ipc.open_stream(root / "rows.arrow") as file:
        return file.read_all()


def refused(root: Path, sql: str) -> dict[str, Any]:
    """Return the one error with which `treadle query` refuses."""
    found: Said = said(inside(root, "query", sql, "--json"))
    assert found.status == 1, found
    (only,) = found.errors
    return only


def changes(root: Path, path: Path, start: int, end: int | None = None, columns: str = "*") -> Rows:
    """Return columns of a table's changes, without their times, through `treadle query`; sorted by their text."""
    shown = "* EXCLUDE (_commit_timestamp)" if columns == "*" else columns
    found = queried(root, f"SELECT {shown} FROM {window(path, start, end)}")
    return rows_of(found)


def rows_of(table: pa.Table) -> Rows:
    """Return rows as tuples, sorted by their text."""
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def by_library(path: Path, start: int, end: int | None = None) -> pa.Table:
    """Return a table's changes as the library reads them, in the types of treadle's change columns."""
    found = pa.table(DeltaTable(str(path)).load_cdf(start, end))
    types = {"_change_type": pa.string(), "_commit_version": pa.int64(), "_commit_timestamp": pa.timestamp("us", "UTC")}
    for name, type_ in types.items():
        at = found.schema.get_field_index(name)
        column = found.column(at)
        column = column.cast(pa.timestamp("us")).cast(type_) if name == "_commit_timestamp" else column.cast(type_)
        found = found.set_column(at, name, column)
    return found.select([*(n for n in found.column_names if n not in MARKS), *MARKS])


def replayed(path: Path, start: int, found: pa.Table, end: int | None = None) -> None:
    """Assert that changes from a version on, applied to the rows of the version before, give the rows of the last version."""

    def bag(rows: pa.Table) -> Counter[str]:
        return Counter(repr(sorted((k, v) for k, v in row.items() if k not in MARKS and v is not None)) for row in rows.to_pylist())

    before = bag(pa.table(DeltaTable(str(path), version=start - 1).scan())) if start > 0 else Counter()
    gained = {"insert", "update_postimage"}
    kinds = found["_change_type"].to_pylist()
    plus = bag(found.filter(pa.array([kind in gained for kind in kinds], pa.bool_())))
    minus = bag(found.filter(pa.array([kind not in gained for kind in kinds], pa.bool_())))
    after = bag(pa.table(DeltaTable(str(path), version=end).scan()))
    before.update(plus)
    before.subtract(minus)
    assert +before == after and not -before


def commit(path: Path, *actions: dict[str, Any]) -> int:
    """Append a commit of these actions to a table's log and return its version."""
    version = int(DeltaTable(str(path)).version()) + 1
    entry_path(path, version).write_text("".join(json.dumps(one) + "\n" for one in actions), "utf-8")
    return version


def actions(path: Path, version: int, kind: str) -> list[dict[str, Any]]:
    """Return the actions of one kind in a commit."""
    lines = map(json.loads, entry_path(path, version).read_text("utf-8").splitlines())
    return [one[kind] for one in lines if kind in one]


def rewrite(path: Path, version: int, edit: Any) -> None:
    """Replace each action of a commit by what `edit` makes of it; None takes it out."""
    entry = entry_path(path, version)
    kept = [changed for line in entry.read_text("utf-8").splitlines() if (changed := edit(json.loads(line))) is not None]
    entry.write_text("".join(json.dumps(one) + "\n" for one in kept), "utf-8")
