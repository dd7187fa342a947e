"""Owns the choice of files of a pinned change window: those that hold changes which satisfy a predicate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...dialect.diagnostics import error
from ...dialect.types import DataType, Schema
from ...planner.ports import FileSelection
from ...planner.predicates import Predicate
from ...planner.pruning import ColumnStats, FileStats, columns_of, keep
from ...planner.values import Value
from .change_log import ChangeFile
from .log_statistics import Path, file_statistics
from .schemas import CHANGE_FIELDS
from .select import choose_reader
from .snapshot import Snapshot


def select_changes(snapshot: Snapshot, found: tuple[ChangeFile, ...], predicate: Predicate | None, text: str) -> FileSelection:
    """Return which files of a change window are read.

    The values that stand in the log (what kind of change, which commit, when, partition columns) are judged
    first, then the statistics of added and removed files.

    Args:
        snapshot: the table at the pin.
        found: all files of the window.
        predicate: what rows that are needed satisfy.
        text: the location, for messages.

    Raises T4006, and T4025 for what only the library can read.
    """
    reader, notes = choose_reader(snapshot)
    if reader != "native":
        raise error("T4025", f"the changes of `{text}` can't be read: {notes[0]}", help="compare two versions of it with `read_delta`")
    left = [one for one in found if keep(predicate, _logged(one))]
    columns = tuple(_judged(snapshot, predicate))
    chosen = [one for one in left if keep(predicate, _known(one, columns))] if columns else left
    return FileSelection("native", len(found), len(left), tuple(one.file for one in chosen))


def _logged(one: ChangeFile) -> FileStats:
    return FileStats(None, {(name,): exactly(value) for name, value in one.file.partition})


def exactly(value: Value) -> ColumnStats:
    """Return what is known of a column that has one value in a file."""
    return ColumnStats(value.type, value.value, value.value, None if value.value is None else 0, exact=True)


def _known(one: ChangeFile, columns: tuple[tuple[Path, Path, DataType], ...]) -> FileStats:
    said = file_statistics(one.statistics, columns)
    return FileStats(said.rows, {**said.columns, **_logged(one).columns})


def _judged(snapshot: Snapshot, predicate: Predicate | None) -> Iterator[tuple[Path, Path, DataType]]:
    """Yield the columns that a predicate can be judged by in files: logical path, path in the files, type."""
    marks = {field.name for field in CHANGE_FIELDS}
    for path in sorted(columns_of(predicate)):
        type_ = _type_of(snapshot.schema, path)
        if path[0] not in marks and path[0] not in snapshot.partition_by and type_ is not None:
            yield path, path, type_


def _type_of(schema: Schema, path: Path) -> DataType | None:
    fields: Any = schema
    found = None
    for name in path:
        field = next((f for f in fields if f.name == name), None)
        if field is None:
            return None
        found, fields = field.type, field.type.fields if field.type.name == "STRUCT" else ()
    return found
