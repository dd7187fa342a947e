"""Owns the choice of files of a pinned change window: those that hold changes which satisfy a predicate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from ...dialect.types import DataType
from ...planner.ports import FileSelection
from ...planner.predicates import Predicate, columns_of
from .bounds import Known
from .change_log import ChangeFile
from .kept_files import judged_by, stored_column, widens
from .log_statistics import Path, statistics
from .pruning import Facts, may_hold
from .reader import require_readable, under_own_names
from .schemas import CHANGE_FIELDS, arrow_type, with_changes
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

    Raises T4006.
    """
    require_readable(snapshot)
    left = _kept(found, predicate, ())
    columns = tuple(_judged(snapshot, predicate))
    chosen = _kept(left, predicate, columns) if columns else left
    stored = None if snapshot.stored is None else with_changes(snapshot.stored)
    files = under_own_names(snapshot, [one.file for one in chosen], snapshot.suspected([one.statistics for one in chosen]), with_changes)
    return FileSelection("native", len(found), len(left), files, stored=stored)


def _kept(found: Sequence[ChangeFile], predicate: Predicate | None, columns: Sequence[tuple[Path, Path, DataType]]) -> list[ChangeFile]:
    """Return the files, in their order, in which rows that satisfy a predicate may be: by the log's values, and statistics of columns."""
    if predicate is None:
        return list(found)
    alike: dict[tuple[str, ...], list[int]] = {}
    for at, one in enumerate(found):
        alike.setdefault(tuple(name for name, _ in one.file.partition), []).append(at)
    kept: list[int] = []
    for places in alike.values():
        flags = may_hold(predicate, _facts([found[at] for at in places], predicate, columns))
        kept += [at for at, may in zip(places, flags.to_pylist(), strict=True) if may]
    return [found[at] for at in sorted(kept)]


def _facts(files: Sequence[ChangeFile], predicate: Predicate, columns: Sequence[tuple[Path, Path, DataType]]) -> Facts:
    """Return what is known of files for which the log has values of the same columns."""
    types = {name: value.type for name, value in files[0].file.partition}
    lists = zip(*([value.value for _, value in one.file.partition] for one in files), strict=True)
    values = pa.table({name: pa.array(column, arrow_type(types[name], name)) for name, column in zip(types, lists, strict=True)})
    logged: dict[Path, Known] = {(name,): _exact(type_, values[name]) for name, type_ in types.items()}
    rows, known = statistics([one.statistics for one in files], columns) if columns else (None, {})
    return Facts(len(files), rows, {**known, **logged}, judged_by(values, predicate))


def _exact(type_: DataType, column: pa.ChunkedArray[Any]) -> Known:
    values: Any = column.combine_chunks()
    return Known(type_, values, values, exact=True)


def _judged(snapshot: Snapshot, predicate: Predicate | None) -> Iterator[tuple[Path, Path, DataType]]:
    """Yield the columns that a predicate can be judged by in files: logical path, path in the files, type."""
    marks = {field.name for field in CHANGE_FIELDS}
    for path in sorted(columns_of(predicate)):
        found = None if path[0] in marks else stored_column(snapshot, path)
        if found is not None and not (found[1].name == "DOUBLE" and widens(snapshot)):  # its bounds may be a FLOAT's
            yield path, *found
