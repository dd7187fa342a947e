"""Owns the choice of files of a pinned change window: those that hold changes which satisfy a predicate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...dialect.diagnostics import error
from ...dialect.types import DataType, Field, Schema
from ...planner.ports import FileSelection
from ...planner.predicates import Predicate
from ...planner.pruning import ColumnStats, FileStats, columns_of, keep
from ...planner.values import Value
from .change_log import ChangeFile
from .log_statistics import Path, file_statistics
from .schemas import CHANGE_FIELDS, with_changes
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
    stored = None if snapshot.stored is None else with_changes(snapshot.stored)
    return FileSelection("native", len(found), len(left), tuple(one.file for one in chosen), stored=stored)


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
        found = None if path[0] in marks else _stored(snapshot.schema, snapshot.stored or snapshot.schema, path)
        if found is not None:
            yield path, *found


def _stored(schema: Schema, stored: Schema, path: Path) -> tuple[Path, DataType] | None:
    """Return how the files name a column, or a field of a struct column, and its type; None where there is none."""
    fields: Iterable[tuple[Field, Field]] = zip(schema, stored, strict=True)
    names, type_ = [], None
    for name in path:
        pair = next((pair for pair in fields if pair[0].name == name), None)
        if pair is None:
            return None
        names.append(pair[1].name)
        type_ = pair[0].type
        fields = zip(type_.fields, pair[1].type.fields, strict=True) if type_.name == "STRUCT" else ()
    return None if type_ is None else (tuple(names), type_)
