"""Owns when a source was last loaded: the last commit that changed rows, or the newest time of change of its files."""

from __future__ import annotations

from collections.abc import Iterable

from .files import PlainFile
from .log import commit_time, read_commit
from .snapshot import Snapshot


def table_loaded(table: Snapshot) -> int | None:
    """Return when rows of a table last changed, milliseconds UTC; None for a table that never had any.

    Compactions, vacuums and changes of properties leave rows alone and don't count. Where
    the log begins later, its oldest entry has to do.
    """
    oldest = None
    for version in range(table.version, -1, -1):
        commit = read_commit(table.path, version)
        if commit is None:
            return oldest
        oldest = commit_time(table.path, version)
        if any(action.get("dataChange", True) for kind in ("add", "remove") for action in commit.all(kind)):
            return oldest
    return None


def files_loaded(files: Iterable[PlainFile]) -> int | None:
    """Return when the newest of some files changed, milliseconds UTC."""
    return max((one.mtime_ns // 1_000_000 for one in files), default=None)
