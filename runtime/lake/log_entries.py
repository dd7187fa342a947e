"""Owns the look at a log's entries before a version is put together from them: none may be empty, and the one at fault is named."""

from __future__ import annotations

import json
import os
from bisect import bisect_left, bisect_right
from pathlib import Path

from ...dialect.diagnostics import TreadleError, error
from .log import LogFiles, entry_path

FROM_A_BACKUP = "bring it back from a backup or a copy"


def require_entries(table: Path, files: LogFiles, version: int, text: str) -> None:
    """Raise T4007 for an entry that is empty, as a crash leaves files: what it committed would be left out silently.

    Args:
        table: canonical folder.
        files: what is in its log.
        version: the version that is put together.
        text: the location as people know it, for messages.
    """
    first = _checkpoint(files, version) + 1
    for number in files.commits[bisect_left(files.commits, first) : bisect_right(files.commits, version)]:
        if _is_empty(table, number):
            raise error("T4007", f"commit {number} in the log of `{text}` is empty", help=FROM_A_BACKUP)


def entry_fault(table: Path, files: LogFiles, version: int, text: str) -> TreadleError | None:
    """Return the error about the first entry that a version needs and that is missing or damaged; None when none is.

    Meant for when a version could not be put together: every entry is read.
    """
    there = set(files.commits)
    for number in range(_checkpoint(files, version) + 1, version + 1):
        if number not in there and (since := _left_since(files, version)) is not None:
            what = f"version {version} of `{text}` is no longer available; its log was cleaned up"
            return error("T4004", what, help=f"all versions from {since} on are left")
        if number not in there:
            return error("T4007", f"commit {number} is missing in the log of `{text}`, and version {version} needs it", help=FROM_A_BACKUP)
        line = _damaged_line(table, number)
        if line is not None:
            return error("T4007", f"line {line} of commit {number} in the log of `{text}` is no action in JSON", help=FROM_A_BACKUP)
    return None


def _left_since(files: LogFiles, version: int) -> int | None:
    """Return the first checkpoint after a version from which on all entries are there; None without one."""
    there = set(files.commits)
    gap = next((one for one in range(files.head, -1, -1) if one not in there), -1)
    return next((one for one in files.checkpoints if one > version and one >= gap), None)


def _damaged_line(table: Path, version: int) -> int | None:
    """Return the number of an entry's first line that is no JSON object, from 1."""
    try:
        lines = entry_path(table, version).read_bytes().split(b"\n")
    except OSError:
        return None
    return next((at for at, line in enumerate(lines, 1) if line.strip() and not _is_object(line)), None)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def _checkpoint(files: LogFiles, version: int) -> int:
    return max((one for one in files.checkpoints if one <= version), default=-1)


def _is_empty(table: Path, version: int) -> bool:
    try:
        return os.stat(entry_path(table, version)).st_size == 0
    except OSError:
        return False
