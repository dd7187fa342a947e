"""Owns why a locked source can't be read as it was: which one, which version, since when, and the way out.

In: what the lock has, what is there. Out: T4017. Reasons are looked for in the order in which they hide one
another: no table, another table, a version past the head, a log cleaned up, files removed, other facts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ...dialect.diagnostics import TreadleError, counted, error
from ...planner.digests import schema_digest
from ...planner.ports import VERSIONED, PinnedSource
from ..lake import DeltaLake
from ..lake.files import list_files
from ..lake.log import commit_time, log_files, read_commit
from ..lake.opening import open_table
from ..lake.paths import data_file
from ..lake.snapshot import Snapshot, shown_time
from .file import HEAD, LockedSource

CODE = "T4017"
_SPECIAL = re.compile(r"[\"$`\\]")  # what a shell reads inside of double quotes


def unreadable(entry: LockedSource, lake: DeltaLake, problem: TreadleError, command: str) -> TreadleError:
    """Return why a locked source can't be opened.

    Args:
        entry: what is locked.
        lake: where it lay.
        problem: what opening it says.
        command: how the lock is renewed.
    """
    if any(one.code in ("T4010", "T4013", "T4014") for one in problem.diagnostics):
        return problem  # it may well be there
    reason = _table(entry, lake) if entry.kind in VERSIONED else None
    first = problem.diagnostics[0]
    return _gone(entry, reason or first.message, command, None if reason else first.cause)


def misfit(entry: LockedSource, found: PinnedSource, lake: DeltaLake, command: str) -> TreadleError | None:
    """Return why a source that can be opened is not what was locked, or None when it is."""
    reason = next(_reasons(entry, found, lake), None)
    return None if reason is None else _gone(entry, reason, command)


def _gone(entry: LockedSource, reason: str, command: str, cause: str | None = None) -> TreadleError:
    name = entry.name if entry.name.isidentifier() else '"' + _SPECIAL.sub(r"\\\g<0>", entry.name) + '"'
    what = f"version {entry.version} of `{entry.location}`" if entry.version is not None else f"`{entry.location}` as it was"
    help_line = f"`{command} {name}` takes what is there now, or bring back what was"
    if entry.asked != HEAD:
        help_line = f"the project asks for {entry.asked}: ask for one that is left, then `{command} {name}`"
    return error(CODE, f"`{entry.name}` is locked to {what}, which can't be read any more: {reason}", help=help_line, cause=cause)


def _table(entry: LockedSource, lake: DeltaLake) -> str | None:
    """Return why a version of a table can't be opened; None when its log says nothing of it."""
    path = lake.locate(entry.location)
    if not (path / "_delta_log").is_dir():
        return "there is no table any more" + (f", a {_thing(path)} lies there" if path.exists() else "")
    files = log_files(path)
    other = _other_table(entry, path)
    if other is not None:
        return other
    if entry.version is not None and entry.version > files.head:
        return f"the table's newest version is {files.head}, so it was set back, by a backup for instance"
    if entry.version is not None and entry.version < files.oldest:
        return f"its log was cleaned up, {_since(path, files.oldest, 'the oldest version that is left')}"
    return None


def _thing(path: Path) -> str:
    return "folder without a log" if path.is_dir() else "file"


def _since(path: Path, version: int, what: str) -> str:
    return f"{what} is {version}{_at(path, version).replace(' at ', ' of ')}"


def _other_table(entry: LockedSource, path: Path) -> str | None:
    """Return when another table took the place of the locked one; None when it is the same, or can't be told."""
    try:
        head = open_table(path, entry.location)
    except TreadleError:
        return None  # what opening the version itself says is told
    if entry.table_id is None or head.table_id == entry.table_id:
        return None
    made = _made(head)
    return f"another table was made in its place{'' if made is None else f' at {made}'}, whose versions started over"


def _made(head: Snapshot) -> str | None:
    first = log_files(head.path).commits[:1]
    when = commit_time(head.path, first[0]) if first == (0,) else None
    return None if when is None else shown_time(when)


def _reasons(entry: LockedSource, found: PinnedSource, lake: DeltaLake) -> Iterator[str]:
    if entry.kind in VERSIONED:
        yield from _table_reasons(entry, found, lake)
    elif entry.content != found.files_digest:
        yield _files(entry, found, lake)
    if entry.schema_digest != schema_digest(found.schema):
        yield "its columns are others than the locked ones"


def _table_reasons(entry: LockedSource, found: PinnedSource, lake: DeltaLake) -> Iterator[str]:
    path = lake.locate(entry.location)
    if entry.table_id != found.table_id:
        yield _other_table(entry, path) or "it belongs to another table than the locked one"
    if entry.window is not None and found.window is not None and entry.window != found.window:
        yield _window(entry, found.window, path)
    if entry.protocol != found.protocol:
        yield f"its protocol is {_protocol(found.protocol)}, and was {_protocol(entry.protocol)}: its log was written anew"
    if (entry.files, entry.bytes) != (found.file_count, found.byte_count):
        now, then = (
            f"{counted(n, 'file')} of {size:,} bytes" for n, size in ((found.file_count, found.byte_count), (entry.files, entry.bytes))
        )
        yield f"it has {now}, and had {then}: its log was written anew, or the lock was edited"
    if entry.kind == "delta":
        yield from _removed(lake.snapshot(found), path)


def _protocol(protocol: tuple[str, ...]) -> str:
    return f"`{', '.join(protocol)}`" if protocol else "none"


def _window(entry: LockedSource, window: tuple[int, int], path: Path) -> str:
    then, now = entry.window or window, window
    if entry.kind == "history":
        return f"commits {then[0]} to {now[0] - 1} were cleaned up, {_since(path, now[0], 'the oldest one that is left')}"
    return f"its window is {now[0]} to {now[1]}, and was {then[0]} to {then[1]}"


def _removed(snapshot: Snapshot, path: Path) -> Iterator[str]:
    """Say which files of an old version are no longer there, and which commit took them out; the newest version's are read anyway."""
    head = log_files(path).head
    if snapshot.version >= head:
        return
    logged = [str(one) for one in snapshot.active().paths.to_pylist()]
    missing = {one for one in logged if not os.path.exists(data_file(str(path), one))}
    if not missing:
        return
    yield f"{len(missing)} of its {counted(len(logged), 'file')} are gone{_taken_out(path, missing, snapshot.version, head)}"


def _taken_out(path: Path, missing: set[str], version: int, head: int) -> str:
    """Return which later commit took files out of a table, and which one vacuumed them, as far as the log says so."""
    found = ""
    for later in range(version + 1, head + 1):
        commit = read_commit(path, later)
        if commit is None:
            continue
        by = str(commit.info.get("operation") or "")
        if not found and any(str(one.get("path")) in missing for one in commit.all("remove")):
            found = f"; version {later}{f', {by},' if by else ''} took them out of the table{_at(path, later)}"
        elif found and by in ("VACUUM", "VACUUM END"):
            return f"{found}, version {later} vacuumed{_at(path, later)}"
    return found


def _at(path: Path, version: int) -> str:
    when = commit_time(path, version)
    return "" if when is None else f" at {shown_time(when)}"


def _files(entry: LockedSource, found: PinnedSource, lake: DeltaLake) -> str:
    if entry.files != found.file_count:
        return f"{counted(entry.files, 'file')} matched, now {found.file_count} do"
    newest = max((one.mtime_ns for one in list_files(entry.kind, lake.root, found.ref.location)), default=0)
    when = datetime.fromtimestamp(newest / 1e9, UTC)
    return f"what is in it changed, at {when:%Y-%m-%d %H:%M:%S} UTC by the file's own time"
