"""Owns the way from commits to the files that hold their changes (Delta's protocol, Change Data Files and Reading)."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...dialect.types import BIGINT, VARCHAR, Schema, timestamp
from ...planner.ports import DataFile, DeletionVector
from ...planner.values import Value
from .deletion_vectors import marked_rows, resolve
from .log import Commit, commit_time
from .partition_text import partition_value
from .paths import data_file

CHANGE, VERSION, TIMESTAMP = "_change_type", "_commit_version", "_commit_timestamp"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Partition = tuple[tuple[str, Value], ...]
Action = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """A file with changes; `statistics` is what its action says of its rows, as JSON text, before rows are left out."""

    version: int
    file: DataFile
    statistics: str | None = None


@dataclass(slots=True)
class ChangeLog:
    """Turns the commits of a window, taken in order, into files.

    Args:
        table: the table's folder.
        columns: its columns, logical.
        names: logical names of columns by the name that the log has for them.
        before: gives partition values of files that were active before the window, by absolute path.
        added: adds of the window so far, by path.
    """

    table: Path
    columns: Schema
    names: Mapping[str, str]
    before: Callable[[], Mapping[str, Partition]]
    added: dict[str, Action] = field(default_factory=dict)
    _partitioned: bool = False
    _typed: dict[tuple[tuple[str, str | None], ...], Partition] = field(default_factory=dict)

    def files(self, commit: Commit, partitioned: bool) -> tuple[ChangeFile, ...]:
        """Return the files that hold a commit's changes: its change files where it has some, else those that it added and removed.

        Args:
            commit: the next commit of the window.
            partitioned: whether the table had partition columns when the commit was made.

        Raises KeyError, ValueError or TypeError for actions that are none.
        """
        marks, self._partitioned = self._marks(commit), partitioned
        kept = commit.all("cdc")
        if kept:
            found = [self._file(commit, action, None, marks) for action in kept]
        elif _moved_only(commit):
            found = []
        else:
            found = list(self._rows(commit, marks))
        self.added.update((str(add["path"]), add) for add in commit.all("add"))
        return tuple(found)

    def _marks(self, commit: Commit) -> Partition:
        said = commit.info.get("inCommitTimestamp") or commit.info.get("timestamp")
        at = said if isinstance(said, int) else commit_time(self.table, commit.version) or 0
        instant = _EPOCH + dt.timedelta(milliseconds=at)
        return (VERSION, Value(BIGINT, commit.version)), (TIMESTAMP, Value(timestamp(6, "UTC"), instant))

    def _rows(self, commit: Commit, marks: Partition) -> Iterator[ChangeFile]:
        adds, removes = ({str(a["path"]): a for a in commit.all(kind) if a.get("dataChange", True)} for kind in ("add", "remove"))
        for path, remove in removes.items():
            if path in adds:
                yield from self._redrawn(commit, remove, adds.pop(path), marks)
            else:
                yield self._file(commit, remove, "delete", marks)
        for add in adds.values():
            yield self._file(commit, add, "insert", marks)

    def _redrawn(self, commit: Commit, remove: Action, add: Action, marks: Partition) -> Iterator[ChangeFile]:
        """Yield the rows by which two deletion vectors of one file differ."""
        old, new = self._vector(remove), self._vector(add)
        for kind, only, without in (("delete", new, old), ("insert", old, new)):
            if only is not None and not _all_marked(only, without, str(add["path"])):
                yield _limited(self._file(commit, {**add, "deletionVector": None}, kind, marks), only, without)

    def _file(self, commit: Commit, action: Action, kind: str | None, marks: Partition) -> ChangeFile:
        path, known = data_file(str(self.table), str(action["path"])), self.added.get(str(action["path"]), {})
        vector = self._vector(action)
        change: Partition = () if kind is None else ((CHANGE, Value(VARCHAR, kind)),)
        size = action.get("size") or known.get("size") or 0
        made = DataFile(
            path, int(size), None, (*self._partition(path, action, known), *change, *marks), () if vector is None else (vector,)
        )
        return ChangeFile(commit.version, made, action.get("stats") or known.get("stats"))

    def _vector(self, action: Action) -> DeletionVector | None:
        described = action.get("deletionVector")
        return None if described is None else resolve(str(self.table), described)

    def _partition(self, path: str, action: Action, known: Action) -> Partition:
        """Return a file's partition values; removes needn't have any, then the add of the file says them."""
        texts = action.get("partitionValues") or known.get("partitionValues")
        if not texts:
            return self.before().get(path, ()) if self._partitioned else ()
        key = tuple(texts.items())
        if key not in self._typed:
            self._typed[key] = tuple(self._value(name, text) for name, text in key if name in self.names)
        return self._typed[key]

    def _value(self, name: str, text: str | None) -> tuple[str, Value]:
        logical = self.names[name]
        type_ = self.columns.fields[self.columns.names.index(logical)].type
        return logical, Value(type_, partition_value(text, type_))


def _limited(one: ChangeFile, only: DeletionVector, without: DeletionVector | None) -> ChangeFile:
    file = replace(one.file, only=only, without=() if without is None else (without,))
    return replace(one, file=file)


def _all_marked(some: DeletionVector, others: DeletionVector | None, file: str) -> bool:
    """Say whether all rows that a vector marks are marked by another one too; what is missing is the preflight's to tell."""
    import pyarrow.compute as pc

    if others is None or some == others:
        return some == others
    if any(one.storage == "f" and not os.path.exists(one.location) for one in (some, others)):
        return False
    return bool(pc.all(pc.is_in(marked_rows(some, file), value_set=marked_rows(others, file))).as_py())


def _moved_only(commit: Commit) -> bool:
    """Say whether a merge changed no rows: it may have rewritten files all the same, without change files."""
    said = commit.info.get("operationMetrics") if commit.info.get("operation") == "MERGE" else None
    counts = [said.get(f"numTargetRows{what}") for what in ("Inserted", "Updated", "Deleted")] if isinstance(said, dict) else [None]
    return all(str(one) == "0" for one in counts)
