"""Owns `Snapshot`: one Delta table opened at one version, with what planning asks of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from ...planner.ports import DataFile, DeletionVector
from .faults import library, opening_fault
from .handles import library_handle
from .log import entry_mark, entry_path
from .paths import data_file
from .schemas import stored_schema
from .vector_log import active_vectors, vectors_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from .active_files import ActiveFiles
    from .log_state import LogState
    from .spelled_names import SpelledNames


@dataclass(slots=True)
class _Made:
    """What was made of a snapshot so far, each once; made anew it would be the same."""

    table: DeltaTable | None = None
    adds: pa.Table | None = None
    active: ActiveFiles | None = None
    vectors: Mapping[str, DeletionVector] | None = None
    files: tuple[DataFile, ...] | None = None
    spelled: SpelledNames | None = None
    suspects: Sequence[int] | None = None
    footers: dict[tuple[object, ...], tuple[Schema | None, Schema | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A table at one version.

    Args:
        path: canonical folder.
        text: the location as people know it, for messages.
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
        state: what its log says; None where the log was left to the library.
    """

    path: Path
    text: str
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
    state: LogState | None = field(default=None, repr=False)
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

    @property
    def table(self) -> DeltaTable:
        """Return the library's handle at this version, to read only, opened when it is first asked for; raises as `handle` does."""
        if self._made.table is None:
            self._made.table = self.handle()
        return self._made.table

    def handle(self) -> DeltaTable:
        """Open a handle of the library's at this version, for a write, which moves it on; raises T3014 and what opening raises."""
        with library(lambda problem: opening_fault(problem, self.text)):
            found = library_handle(self.path, self.text, self.version)
            same = str(found.metadata().id) == self.table_id
        # Where the entry was cleaned up meanwhile, its mark is the folder's and tells nothing.
        if not same or (entry_path(self.path, self.version).exists() and entry_mark(self.path, self.version) != self.mark):
            what = f"`{self.text}` is no longer what was pinned: the table was made anew since"
            raise error("T3014", what, help="run again to read the new one")
        return found

    def holding(self, table: DeltaTable) -> Snapshot:
        """Keep a handle that is open already, and return this."""
        self._made.table = table
        return self

    @property
    def footers(self) -> dict[tuple[object, ...], tuple[Schema | None, Schema | None]]:
        """Return what footers say, by path and state of the file: names, and parts of columns, that are others than the table's."""
        return self._made.footers

    def adds(self) -> pa.Table:
        """Return the active files as the library tells them, typed partition values and statistics nested; raises T4007."""
        if self._made.adds is None:
            import pyarrow as pa

            with library(lambda problem: opening_fault(problem, self.text)):
                self._made.adds = pa.table(self.table.get_add_actions(flatten=False))
        return self._made.adds

    def active(self) -> ActiveFiles:
        """Return the active files as columns; raises T4007."""
        if self._made.active is None:
            self._made.active = self._logged() or self._told()
        return self._made.active

    def _logged(self) -> ActiveFiles | None:
        """Return the active files of the log's state; None without one, and where its partition values are none of their types."""
        from .active_files import of_log

        if self.state is None:
            return None
        try:
            return of_log(str(self.path), self.state.files, self.schema, self.stored, self.partition_by)
        except (ValueError, ArithmeticError):
            return None

    def _told(self) -> ActiveFiles:
        from .active_files import of_library

        return of_library(str(self.path), self.adds(), self.schema, self.partition_by, self.text)

    def files(self) -> tuple[DataFile, ...]:
        """Return all active files with typed partition values."""
        if self._made.files is None:
            self._made.files = self.active().take(self.vectors())
        return self._made.files

    def suspected(self, statistics: Sequence[str | None]) -> Sequence[int]:
        """Return the places of those statistics that spell a column in another case; under column mapping files have names of their own."""
        if self.mapping != "none":
            return ()
        if self._made.spelled is None:
            from .spelled_names import SpelledNames

            self._made.spelled = SpelledNames(self.schema, self.partition_by)
        return self._made.spelled.suspects(statistics)

    def suspects(self, places: pa.Array[Any] | None) -> Sequence[int]:
        """Return which of the active files at these places, or of all, may spell a column in another case; raises T4007."""
        if self.mapping != "none":
            return ()
        if places is not None:
            return self.suspected(self.active().statistics.texts(places))
        if self._made.suspects is None:
            self._made.suspects = self.suspected(self.active().statistics.texts(None))
        return self._made.suspects

    def vectors(self) -> Mapping[str, DeletionVector]:
        """Return the deletion vectors in force, by the absolute path of their data file; raises T4007, T4018."""
        if self._made.vectors is None:
            self._made.vectors = self._vectors() if "deletionVectors" in self.features else {}
        return self._made.vectors

    def _vectors(self) -> Mapping[str, DeletionVector]:
        if self.state is not None:
            return vectors_of(self.path, self.text, self.state.files)
        return active_vectors(self.path, self.text, self.version)

    def described(self) -> tuple[str | None, str | None, int | None]:
        """Return the table's name, its description, and when it was made, milliseconds UTC; raises what opening raises."""
        if self.state is not None:
            return self.state.metadata.name, self.state.metadata.description, self.state.metadata.createdTime
        with library(lambda problem: opening_fault(problem, self.text)):
            metadata = self.table.metadata()
        return metadata.name, metadata.description, metadata.created_time

    def transaction(self, application: str) -> int | None:
        """Return how far an application came, None for one that the log doesn't know or has forgotten; raises what opening raises."""
        if self.state is None or "delta.setTransactionRetentionDuration" in self.configuration:
            return self.table.transaction_version(application)
        found = self.state.transactions.get(application)
        return None if found is None else found.version

    @property
    def deletes_rows(self) -> bool:
        """Say whether an active file has a deletion vector."""
        found, folder = self.vectors(), str(self.path)
        return bool(found) and any(data_file(folder, path) in found for path in self.active().paths.to_pylist())


def shown_time(timestamp_ms: int) -> str:
    """Return a time in milliseconds UTC as people read it.

    >>> shown_time(0)
    '1970-01-01 00:00:00.000 UTC'
    """
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=timestamp_ms)
    return moment.isoformat(" ", "milliseconds") + " UTC"
