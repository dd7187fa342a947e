"""Owns the preflight of a change window: commit by commit it is proved that every change can be read; the first that can't is named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...dialect.diagnostics import TreadleError, error
from ...planner.values import Value
from .change_log import ChangeFile, ChangeLog, Partition
from .change_schemas import TableState, broken, state_of, unreadable
from .faults import library, words
from .log import Commit, commit_time, entry_path, log_files, read_commit
from .opening import open_table
from .partition_text import partition_text, partition_value
from .presence import lost
from .snapshot import Snapshot, shown_time


def read_window(snapshot: Snapshot, window: tuple[int, int], text: str) -> tuple[ChangeFile, ...]:
    """Return the files that the changes of a window lie in, oldest first, once everything is proved that reading them needs.

    Every log entry is there, the feed was on throughout, the columns agree, every file
    exists; the first that fails is named. Raises T4022 to T4025, and T4007.
    """
    walk = Walk(snapshot, window[0], text)
    found: list[ChangeFile] = []
    for version in range(window[0], window[1] + 1):
        commit = read_commit(snapshot.path, version)
        if commit is None:
            raise _cleaned(snapshot.path, version, text)
        found.extend(walk.step(commit))
    walk.finish()
    return tuple(found)


def first_readable(snapshot: Snapshot) -> int:
    """Return the first version from which a table's changes can be read up to this one.

    Where there is none, the version itself: the window's own check says why.
    """
    commits = {v for v in log_files(snapshot.path).commits if v <= snapshot.version}
    start = next((v for v in sorted(commits, reverse=True) if v - 1 not in commits), snapshot.version)  # after the last gap
    walk = Walk(snapshot, start, snapshot.text)
    for version in range(start, snapshot.version + 1):
        commit = read_commit(snapshot.path, version)
        if commit is None or _steps(walk, commit):
            continue
        if walk.first < version:  # it may be well by itself
            walk = Walk(snapshot, version, snapshot.text, walk.before)
        if walk.first == version and not _steps(walk, commit):
            walk = Walk(snapshot, version + 1, snapshot.text, walk.state)
    return min(walk.first, snapshot.version)


def _steps(walk: Walk, commit: Commit) -> bool:
    try:
        walk.step(commit)
    except TreadleError:
        return False
    return True


def require_files(table: Path, found: tuple[ChangeFile, ...], text: str) -> None:
    """Raise T4024 when a file with changes, or a deletion vector of one, does not exist."""
    for one in found:
        vectors = (*one.file.without, *(() if one.file.only is None else (one.file.only,)))
        for path in (one.file.path, *(vector.location for vector in vectors if vector.storage == "f")):
            for _, how in lost((path,)):
                gone = {"missing": "is gone", "no files": "is no file"}.get(how, f"is {how}")
                what = f"a file with changes of {named(table, one.version)} of `{text}` {gone}: `{os.path.basename(path)}`"
                raise error("T4024", what, help=f"start the window at version {one.version + 1}")


def named(table: Path, version: int) -> str:
    """Return a version with its time, for people."""
    at = commit_time(table, version)
    return f"version {version}" if at is None else f"version {version} ({shown_time(at)})"


def _cleaned(table: Path, version: int, text: str) -> TreadleError:
    left = next((v for v in log_files(table).commits if v > version), None)
    return error(
        "T4023",
        f"the changes of version {version} of `{text}` are gone: its log entry was cleaned up",
        help=None if left is None else f"the first commit after it that is left is {named(table, left)}",
    )


class Walk:
    """A walk over the commits of a window, in order.

    `first` is where it began, `before` and `state` are the table's states before and after the last step,
    None where they aren't known.
    """

    def __init__(self, snapshot: Snapshot, first: int, text: str, state: TableState | None = None) -> None:
        """Begin before the first commit; nothing is read yet.

        Args:
            snapshot: the table at the pin.
            first: the first version of the window.
            text: the location, for messages.
            state: the table's state before the window, where it is known.
        """
        self.first, self.before, self.state = first, state, state
        self._snapshot, self._text = snapshot, text
        self._pinned = _state(snapshot)
        self._has_rows = False
        self._read_under: dict[int, tuple[int, TableState]] = {}
        self._log = ChangeLog(snapshot.path, snapshot.schema, self._pinned.stored_names(), self._partitions_before)

    def step(self, commit: Commit) -> tuple[ChangeFile, ...]:
        """Return the files that hold a commit's changes; raises T4022, T4024, T4025, T4007."""
        with library(lambda problem: self._damaged(commit, problem)):
            self._enter(commit)
            after = self.state or self._pinned
            if not after.feed:
                raise error(
                    "T4022",
                    f"the change feed of `{self._text}` was not enabled at {self._named(commit)}",
                    help="start the window at a version where `delta.enableChangeDataFeed` is on",
                )
            files = self._log.files(commit, after.partitioned or (self.before is not None and self.before.partitioned))
        self._require_columns(commit, files, after)
        require_files(self._snapshot.path, files, self._text)
        self._has_rows = self._has_rows or bool(files)
        return files

    def _enter(self, commit: Commit) -> None:
        """Take over the table's state before a commit and after it."""
        changed = commit.all("metaData")
        if self.state is None and (not changed or (commit.all("remove") and not commit.all("cdc"))):
            self.state = self._state_before(commit)
        self.before = self.state
        if changed:
            said = changed[-1]
            self.state = state_of(str(said["schemaString"]), said.get("configuration") or {}, said.get("partitionColumns") or ())

    def _state_before(self, commit: Commit) -> TableState | None:
        """Return the table's state when the first commit of the window was made; None where the log before it is gone."""
        last = commit.version - 1 if commit.all("metaData") else commit.version
        if _metadata_stands(self._snapshot, last + 1):
            return self._pinned
        if last < log_files(self._snapshot.path).oldest:
            return None
        return _state(open_table(self._snapshot.path, self._text, last))

    def _require_columns(self, commit: Commit, files: tuple[ChangeFile, ...], after: TableState) -> None:
        removes = any(name == "_change_type" and value.value == "delete" for one in files for name, value in one.file.partition)
        if self.before is not None and self.before is not self.state and (removes or self._has_rows):
            what = broken(self.before, after)
            if what is not None:
                raise error(
                    "T4025",
                    f"the changes of `{self._text}` can't be read across {self._named(commit)}: {what}",
                    help=self._around(commit.version),
                )
        for state in ((self.before,) if removes else ()) + ((after,) if files else ()):
            if state is not None and state is not self._pinned:
                self._read_under.setdefault(id(state), (commit.version, state))

    def finish(self) -> None:
        """Raise T4025 when columns of the window changed after it so that they can't be read under the pinned ones."""
        for version, state in self._read_under.values():
            what = unreadable(state, self._pinned)
            if what is not None:
                raise error(
                    "T4025",
                    f"the changes of {named(self._snapshot.path, version)} of `{self._text}` don't fit its columns at version "
                    f"{self._snapshot.version}: {what}",
                    help="start the window after that, or compare two versions with `read_delta`",
                )

    def _around(self, version: int) -> str:
        before = f"end the window at version {version - 1}, or " if version > self.first else ""
        return f"{before}start it at version {version + 1}; two versions can be compared with `read_delta`"

    def _partitions_before(self) -> Mapping[str, Partition]:
        """Return partition values of the files that were active before the window, in the types of the pin, by absolute path."""
        if self.first == 0:
            return {}
        before = open_table(self._snapshot.path, self._text, self.first - 1)
        return {file.path: tuple(self._retyped(file.partition)) for file in before.files()}

    def _retyped(self, partition: Partition) -> Iterator[tuple[str, Value]]:
        for name, value in partition:
            column = self._snapshot.schema.get(name)
            if column is not None:
                same = column.type == value.type
                yield name, value if same else Value(column.type, partition_value(partition_text(value.value), column.type))

    def _named(self, commit: Commit) -> str:
        return named(self._snapshot.path, commit.version)

    def _damaged(self, commit: Commit, problem: BaseException) -> TreadleError:
        return error("T4007", f"{self._named(commit)} in the log of `{self._text}` can't be read", cause=words(problem))


def _state(snapshot: Snapshot) -> TableState:
    return state_of(snapshot.schema_json, snapshot.configuration, snapshot.partition_by)


def _metadata_stands(snapshot: Snapshot, first: int) -> bool:
    """Say whether no commit from this one up to the snapshot changed the table's metadata; False where one is gone."""
    for version in range(first, snapshot.version + 1):
        try:
            if b'"metaData"' in entry_path(snapshot.path, version).read_bytes():
                return False
        except FileNotFoundError:
            return False
    return True
