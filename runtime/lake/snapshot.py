"""Owns `Snapshot`: one Delta table opened at one version, with what planning asks of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from ...planner.ports import DataFile
from .faults import library, opening_fault, require_table
from .log import LogFiles, commit_time, log_files, version_at
from .schemas import from_delta

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


@dataclass(slots=True)
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
        configuration: table properties.
        features: reader and writer features.
        files: active files, once `data_files` made them.
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
    configuration: dict[str, str]
    protocol: tuple[str, ...]
    features: frozenset[str]
    files: tuple[DataFile, ...] | None = None
    _adds: pa.Table | None = None
    _deleted: bool | None = None

    def adds(self) -> pa.Table:
        """Return the active files as an Arrow table, typed partition values and statistics nested; cached."""
        if self._adds is None:
            import pyarrow as pa

            with library(lambda problem: opening_fault(problem, self.text)):
                self._adds = pa.table(self.table.get_add_actions(flatten=False))
        return self._adds

    @property
    def mapping(self) -> str:
        """Return the column mapping mode: `none`, `name` or `id`."""
        return self.configuration.get("delta.columnMapping.mode", "none")

    @property
    def deletes_rows(self) -> bool:
        """Say whether an active file has a deletion vector."""
        if self._deleted is None:
            import pyarrow as pa

            self._deleted = False
            if "deletionVectors" in self.features:
                with library(lambda problem: opening_fault(problem, self.text)):
                    reader = pa.RecordBatchReader.from_stream(self.table.deletion_vectors())
                    self._deleted = any(batch.num_rows for batch in reader)
        return self._deleted


def open_table(path: Path, text: str, version: int | None = None) -> Snapshot:
    """Open a table at a version or its head; raises T4001 to T4007 and T4010.

    Args:
        path: canonical folder.
        text: the location as the user knows it, for messages.
        version: the version, or None for the head.
    """
    require_table(path, text)
    files = log_files(path)
    if version is not None:
        _require_version(files, version, text)
    from deltalake import DeltaTable

    with library(lambda problem: opening_fault(problem, text)):
        return _snapshot(path, text, DeltaTable(str(path), version=version))


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
    protocol, metadata = table.protocol(), table.metadata()
    features = frozenset((*(protocol.reader_features or ()), *(protocol.writer_features or ())))
    schema_json = table.schema().to_json()
    return Snapshot(
        path=path,
        text=text,
        table=table,
        version=int(table.version()),
        timestamp_ms=commit_time(path, int(table.version())),
        schema=from_delta(schema_json),
        schema_json=schema_json,
        table_id=str(metadata.id),
        partition_by=tuple(metadata.partition_columns),
        configuration=dict(metadata.configuration),
        protocol=(str(protocol.min_reader_version), str(protocol.min_writer_version), *sorted(features)),
        features=features,
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
        first = next((v for v in files.commits if v >= files.oldest), files.oldest)
        when = commit_time(path, first)
        since = f"its first commit left is version {first}" + (f" of {shown_time(when)}" if when is not None else "")
        raise error("T4005", f"`{text}` has no version at {shown_time(timestamp_ms)}; {since}", help="ask for a later time")
    return found


def shown_time(timestamp_ms: int) -> str:
    """Return a time in milliseconds UTC as people read it.

    >>> shown_time(0)
    '1970-01-01 00:00:00.000 UTC'
    """
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=timestamp_ms)
    return moment.isoformat(" ", "milliseconds") + " UTC"
