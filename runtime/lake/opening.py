"""Owns opening a table: at its head, a version or a time, from its log or by way of the library, and what is said when that fails."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, error
from .faults import library, opening_fault, require_table
from .handles import library_handle
from .log import LogFiles, commit_time, entry_mark, log_files, version_at
from .log_entries import entry_fault, require_entries
from .schemas import from_delta
from .snapshot import Snapshot, shown_time

if TYPE_CHECKING:
    from .log_state import LogState

ATTEMPTS = 5
"""Openings of a table whose log changes meanwhile."""


def open_table(path: Path, text: str, version: int | None = None, base: Snapshot | None = None) -> Snapshot:
    """Open a table at a version or its head; raises T4001 to T4007 and T4010.

    Others may commit, clean the log up or make the table anew meanwhile: what was opened is what its
    log said at one moment, and what fails while the log changes is tried again.

    Args:
        path: canonical folder.
        text: the location as the user knows it, for messages.
        version: the version, or None for the head.
        base: the table at an older version, if it is open: then only newer commits are read, unless it is another table by now.
    """
    for _ in range(ATTEMPTS):
        require_table(path, text)
        files = log_files(path)
        _require_beginning(files, text)
        if version is not None:
            _require_version(files, version, text)
        wanted = files.head if version is None else version
        mark = entry_mark(path, wanted)
        try:
            found = _opened(path, text, version, files, base)
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
        return _by_library(path, text, None)
    raise failed


def _opened(path: Path, text: str, version: int | None, files: LogFiles, base: Snapshot | None) -> Snapshot:
    wanted = files.head if version is None else version
    found = _by_log(path, text, wanted, base)
    if found is None:
        require_entries(path, files, wanted, text)
        return _by_library(path, text, version)
    return found


def _by_log(path: Path, text: str, version: int, base: Snapshot | None) -> Snapshot | None:
    """Return what a log says of a version; None where there is something in it that is left to the library."""
    if base is not None and base.state is not None and base.version <= version and _stands(base):
        found = _read(path, text, version, base.state)
        if found is not None and _stands(base):
            return found
    return _read(path, text, version, None)


def _read(path: Path, text: str, version: int, base: LogState | None) -> Snapshot | None:
    import pyarrow as pa

    from .log_checks import require_known
    from .log_state import read_state

    try:
        state = read_state(path, version, base)
        require_known(state.protocol, state.metadata)
        return _snapshot(path, text, state)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError, pa.ArrowException):
        return None


def _snapshot(path: Path, text: str, state: LogState) -> Snapshot:
    protocol, metadata = state.protocol, state.metadata
    reader, writer = frozenset(protocol.readerFeatures or ()), frozenset(protocol.writerFeatures or ())
    return Snapshot(
        path=path,
        text=text,
        version=state.version,
        timestamp_ms=commit_time(path, state.version),
        schema=from_delta(metadata.schemaString),
        schema_json=metadata.schemaString,
        table_id=metadata.id,
        partition_by=metadata.partitionColumns,
        configuration=MappingProxyType(metadata.configuration),
        protocol=(str(protocol.minReaderVersion), str(protocol.minWriterVersion), *sorted(reader | writer)),
        reader_features=reader,
        writer_features=writer,
        mark=entry_mark(path, state.version),
        state=state,
    )


def _stands(base: Snapshot) -> bool:
    """Say whether the log still has the entry that a table was opened by: not a table made anew, nor one cleaned up that far."""
    return base.mark == entry_mark(base.path, base.version)


def _by_library(path: Path, text: str, version: int | None) -> Snapshot:
    with library(lambda problem: opening_fault(problem, text)):
        table = library_handle(path, text, version)
        protocol, metadata, opened = table.protocol(), table.metadata(), int(table.version())
        reader, writer = frozenset(protocol.reader_features or ()), frozenset(protocol.writer_features or ())
        schema_json = table.schema().to_json()
        found = Snapshot(
            path=path,
            text=text,
            version=opened,
            timestamp_ms=commit_time(path, opened),
            schema=from_delta(schema_json),
            schema_json=schema_json,
            table_id=str(metadata.id),
            partition_by=tuple(metadata.partition_columns),
            configuration=MappingProxyType(dict(metadata.configuration)),
            protocol=(str(protocol.min_reader_version), str(protocol.min_writer_version), *sorted(reader | writer)),
            reader_features=reader,
            writer_features=writer,
            mark=entry_mark(path, opened),
        )
        return found.holding(table)


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
