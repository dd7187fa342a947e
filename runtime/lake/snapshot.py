"""Owns `Snapshot`: one Delta table opened at one version, with what planning asks of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import Schema
from ...planner.ports import DataFile, DeletionVector
from .faults import library, opening_fault, require_table, words
from .log import LogFiles, checkpoint_named, commit_time, entry_mark, log_files, version_at
from .log_entries import entry_fault, require_entries
from .paths import data_file
from .schemas import from_delta, stored_schema
from .vector_log import active_vectors

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from .active_files import ActiveFiles

ATTEMPTS = 5
"""Openings of a table whose log changes meanwhile."""


@dataclass(slots=True)
class _Made:
    """What was made of a snapshot so far, each once; made anew it would be the same."""

    active: ActiveFiles | None = None
    vectors: Mapping[str, DeletionVector] | None = None
    files: tuple[DataFile, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A table at one version.

    Args:
        path: canonical folder.
        text: the location as people know it, for messages.
        table: the library's open handle; fixed, never updated.
        version: the version.
        timestamp_ms: when it was committed, or None when its entry is gone.
        schema: logical columns.
        schema_json: Delta's own spelling of them, with metadata.
        table_id: Delta's metadata id.
        partition_by: names of the partition columns.
        configuration: table properties.
        protocol: `(reader, writer, *features)` as text.
        reader_features: what readers must know.
        writer_features: what writers must know.
        mark: what tells the version's entry from one that somebody wrote anew.
    """

    path: Path
    text: str
    table: DeltaTable
    version: int
    timestamp_ms: int | None
    schema: Schema
    schema_json: str
    table_id: str
    partition_by: tuple[str, ...]
    configuration: Mapping[str, str]
    protocol: tuple[str, ...]
    reader_features: frozenset[str]
    writer_features: frozenset[str]
    mark: tuple[int, int]
    _made: _Made = field(default_factory=_Made, repr=False)

    @property
    def features(self) -> frozenset[str]:
        """Return reader and writer features."""
        return self.reader_features | self.writer_features

    @property
    def mapping(self) -> str:
        """Return the column mapping mode: `none`, `name` or `id`."""
        knows = self.protocol[0] == "2" or "columnMapping" in self.reader_features
        return self.configuration.get("delta.columnMapping.mode", "none") if knows else "none"

    @property
    def stored(self) -> Schema | None:
        """Return the columns under the names that files and statistics have; None where those are the logical ones."""
        return None if self.mapping == "none" else stored_schema(self.schema_json)

    def adds(self) -> pa.Table:
        """Return the active files as an Arrow table, typed partition values and statistics nested."""
        return self.active().adds

    def active(self) -> ActiveFiles:
        """Return the active files as columns; raises T4007."""
        if self._made.active is None:
            import pyarrow as pa

            from .active_files import active_files

            with library(lambda problem: opening_fault(problem, self.text)):
                adds = pa.table(self.table.get_add_actions(flatten=False))
            self._made.active = active_files(str(self.path), adds, self.schema, self.partition_by, self.text)
        return self._made.active

    def files(self) -> tuple[DataFile, ...]:
        """Return all active files with typed partition values."""
        if self._made.files is None:
            self._made.files = self.active().take(self.vectors())
        return self._made.files

    def vectors(self) -> Mapping[str, DeletionVector]:
        """Return the deletion vectors in force, by the absolute path of their data file; raises T4007, T4018."""
        if self._made.vectors is None:
            there = "deletionVectors" in self.features
            self._made.vectors = active_vectors(self.path, self.text, self.version) if there else {}
        return self._made.vectors

    @property
    def deletes_rows(self) -> bool:
        """Say whether an active file has a deletion vector."""
        found, folder = self.vectors(), str(self.path)
        return bool(found) and any(data_file(folder, path) in found for path in self.adds()["path"].to_pylist())


def open_table(path: Path, text: str, version: int | None = None) -> Snapshot:
    """Open a table at a version or its head; raises T4001 to T4007 and T4010.

    Others may commit, clean the log up or make the table anew meanwhile: what was opened is what its
    log said at one moment, and what fails while the log changes is tried again.

    Args:
        path: canonical folder.
        text: the location as the user knows it, for messages.
        version: the version, or None for the head.
    """
    for _ in range(ATTEMPTS):
        require_table(path, text)
        files = log_files(path)
        _require_beginning(files, text)
        if version is not None:
            _require_version(files, version, text)
        wanted = files.head if version is None else version
        mark = entry_mark(path, wanted)
        require_entries(path, files, wanted, text)
        try:
            found = _opened(path, text, version)
        except TreadleError as problem:
            failed = problem
            if log_files(path) == files and entry_mark(path, wanted) == mark:
                at_fault = entry_fault(path, files, wanted, text) if problem.diagnostics[0].code == "T4007" else None
                raise at_fault or problem from problem.__cause__
            continue
        if found.version == wanted and found.mark == mark or log_files(path) == files and entry_mark(path, wanted) == mark:
            return found
        failed = error("T4007", f"the log of the table `{text}` keeps changing while it is read", help="run again when it is quiet")
    if version is None:
        return _opened(path, text, None)
    raise failed


def _opened(path: Path, text: str, version: int | None) -> Snapshot:
    with library(lambda problem: opening_fault(problem, text)):
        return _snapshot(path, text, _handle(path, text, version))


def _handle(path: Path, text: str, version: int | None) -> DeltaTable:
    """Open the library's handle. Where `_last_checkpoint` names a checkpoint that is gone, it is opened below that and moved up."""
    from deltalake import DeltaTable

    try:
        return DeltaTable(str(path), version=version)
    except Exception as problem:
        head, named = log_files(path).head, checkpoint_named(path)
        wanted = head if version is None else version
        if "_last_checkpoint" not in str(problem):
            raise
        if not named or named > wanted:
            what = f"`_last_checkpoint` in the log of `{text}` names a checkpoint that is gone"
            raise error("T4007", what, help="delete that file: it is only a hint", cause=words(problem)) from problem
        found = DeltaTable(str(path), version=named - 1)
        found.load_as_version(wanted)
        return found


def _require_beginning(files: LogFiles, text: str) -> None:
    if files.commits and files.commits[0] > 0 and not files.checkpoints:
        raise error(
            "T4007",
            f"the log of `{text}` begins with version {files.commits[0]} and has no checkpoint, so no version of it can be put together",
            help="restore its older entries, or a checkpoint, from a backup",
        )


def _require_version(files: LogFiles, version: int, text: str) -> None:
    if version < 0 or version > files.head:
        raise error(
            "T4003",
            f"`{text}` has no version {version}; its head is version {files.head}",
            help=f"ask for a version from {max(files.oldest, 0)} to {files.head}",
        )
    if version < files.oldest:
        raise error(
            "T4004",
            f"version {version} of `{text}` is no longer available; its log was cleaned up",
            help=f"the oldest version that is left is {files.oldest}",
        )


def _snapshot(path: Path, text: str, table: DeltaTable) -> Snapshot:
    protocol, metadata, version = table.protocol(), table.metadata(), int(table.version())
    reader, writer = frozenset(protocol.reader_features or ()), frozenset(protocol.writer_features or ())
    schema_json = table.schema().to_json()
    return Snapshot(
        path=path,
        text=text,
        table=table,
        version=version,
        timestamp_ms=commit_time(path, version),
        schema=from_delta(schema_json),
        schema_json=schema_json,
        table_id=str(metadata.id),
        partition_by=tuple(metadata.partition_columns),
        configuration=MappingProxyType(dict(metadata.configuration)),
        protocol=(str(protocol.min_reader_version), str(protocol.min_writer_version), *sorted(reader | writer)),
        reader_features=reader,
        writer_features=writer,
        mark=entry_mark(path, version),
    )


def version_for_time(path: Path, text: str, timestamp_ms: int, now_ms: int) -> int:
    """Return the version that a table had at a time (milliseconds UTC); raises T4005 and what opening raises."""
    require_table(path, text)
    files = log_files(path)
    if timestamp_ms > now_ms:
        raise error(
            "T4005", f"`{text}` has no version at {shown_time(timestamp_ms)}, which lies in the future", help="ask for a time up to now"
        )
    found = version_at(path, timestamp_ms, files)
    if found is None:
        since, instead = _since(path, files)
        raise error("T4005", f"`{text}` has no version at {shown_time(timestamp_ms)}; {since}", help=instead)
    return found


def _since(path: Path, files: LogFiles) -> tuple[str, str]:
    """Return from when on the versions of a table have times, and what to ask for instead."""
    first = next((v for v in files.commits if v >= files.oldest), None)
    when = None if first is None else commit_time(path, first)
    if first is None or when is None:
        return "none of its commits is left, only a checkpoint, which has no time", f"ask for version {files.head}"
    return f"its first commit left is version {first} of {shown_time(when)}", "ask for a later time"


def shown_time(timestamp_ms: int) -> str:
    """Return a time in milliseconds UTC as people read it.

    >>> shown_time(0)
    '1970-01-01 00:00:00.000 UTC'
    """
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=timestamp_ms)
    return moment.isoformat(" ", "milliseconds") + " UTC"
