"""Owns the reading of a table's log by hand: which commits are there, their times, their actions."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...dialect.diagnostics import error
from .faults import words

_DIGITS = 20  # of a version in the names of its entries
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\b.*\.(?:parquet|json)\Z")
NEIGHBOURS = 50
"""Versions on either side of a place in time whose order is settled one by one."""


@dataclass(frozen=True, slots=True)
class LogFiles:
    """Versions with a commit entry and with a checkpoint, ascending."""

    commits: tuple[int, ...]
    checkpoints: tuple[int, ...]

    @property
    def head(self) -> int:
        """Return the newest version; -1 for an empty log."""
        return max((*self.commits[-1:], *self.checkpoints[-1:], -1))

    @property
    def oldest(self) -> int:
        """Return the oldest version that can still be put together: from entry 0 or from a checkpoint."""
        if self.commits[:1] == (0,):
            return 0
        return self.checkpoints[0] if self.checkpoints else self.head


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its actions by kind, in order."""

    version: int
    actions: tuple[tuple[str, dict[str, Any]], ...]

    def all(self, kind: str) -> tuple[dict[str, Any], ...]:
        """Return the actions of one kind: `add`, `remove`, `cdc`, `metaData`, `commitInfo`, `txn`."""
        return tuple(body for name, body in self.actions if name == kind)

    @property
    def info(self) -> dict[str, Any]:
        """Return the commit's information, empty when it has none."""
        return next(iter(self.all("commitInfo")), {})


def log_files(table: Path) -> LogFiles:
    """Return which versions a table's log holds."""
    commits, checkpoints = set(), set()
    for name in os.listdir(table / "_delta_log"):
        number, rest = name[:_DIGITS], name[_DIGITS:]
        if rest == ".json" and number.isdecimal():
            commits.add(int(number))
        elif found := _CHECKPOINT.match(name):
            checkpoints.add(int(found[1]))
    return LogFiles(tuple(sorted(commits)), tuple(sorted(checkpoints)))


def checkpoint_named(table: Path) -> int | None:
    """Return the version that `_last_checkpoint` names; None where it isn't there or makes no sense."""
    try:
        found = json.loads((table / "_delta_log" / "_last_checkpoint").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    version = found.get("version") if isinstance(found, dict) else None
    return version if isinstance(version, int) else None


def entry_path(table: Path, version: int) -> Path:
    """Return the path of a commit's log entry."""
    return table / "_delta_log" / f"{version:020d}.json"


def read_commit(table: Path, version: int) -> Commit | None:
    """Return a commit with all its actions, or None when its entry is gone; raises T4007 when it is damaged."""
    try:
        text = entry_path(table, version).read_text("utf-8")
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as problem:
        raise error("T4007", f"commit {version} of `{table}` can't be read", cause=words(problem)) from problem
    if not rows:
        raise error("T4007", f"commit {version} of `{table}` is empty", help="bring it back from a backup or a copy")
    return Commit(version, tuple((kind, body) for row in rows for kind, body in row.items()))


def time_said(info: Mapping[str, Any]) -> int | None:
    """Return when a commit was made by its own information, milliseconds UTC: in-commit time, else the writer's; None without."""
    found = info.get("inCommitTimestamp") or info.get("timestamp")
    return found if isinstance(found, int) else None


def commit_time(table: Path, version: int) -> int | None:
    """Return when a version was committed, milliseconds UTC: in-commit time, else the writer's, else the file's.

    None when the entry is gone. Reads only the line that holds it, so long commits stay cheap.
    """
    path = entry_path(table, version)
    try:
        with path.open("rb") as lines:
            for line in lines:
                if b'"commitInfo"' in line:
                    found = time_said(json.loads(line).get("commitInfo") or {})
                    if found is not None:
                        return found
        return path.stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as problem:
        raise error("T4007", f"commit {version} of `{table}` can't be read", cause=words(problem)) from problem


def version_at(table: Path, timestamp_ms: int, files: LogFiles) -> int | None:
    """Return the last version committed at or before a time, or None when all that is left came later.

    The time of a version is what `commit_time` says, but never before that of an older one, as Delta's
    own readers have it. Times ascend except for the clocks of writers, which differ by little: so a binary
    search finds the place, and its neighbours settle the version.
    """
    return last_until(table, timestamp_ms, [v for v in files.commits if v >= files.oldest])


def last_until(table: Path, timestamp_ms: int, versions: Sequence[int]) -> int | None:
    """Return the last of some versions, ascending, that was committed at or before a time; None when none was. See `version_at`."""
    low, high = 0, len(versions)
    while low < high:
        middle = (low + high) // 2
        when = commit_time(table, versions[middle])
        low, high = (low, middle) if when is not None and when > timestamp_ms else (middle + 1, high)
    first = max(low - NEIGHBOURS, 0)
    found = _last_until(table, timestamp_ms, versions[first : low + NEIGHBOURS])
    return found if found is not None or first == 0 else _last_until(table, timestamp_ms, versions)


def _last_until(table: Path, timestamp_ms: int, versions: Iterable[int]) -> int | None:
    found = None
    for version in versions:
        when = commit_time(table, version)
        if when is not None and when > timestamp_ms:
            break
        found = version if when is not None else found
    return found


def entry_mark(table: Path, version: int) -> tuple[int, int]:
    """Return what tells a version's entry from one that somebody wrote anew: its inode, its time of change in ns.

    Where the entry was cleaned up, the log's folder stands for it, which changes with every commit.
    """
    log = f"{table}/_delta_log"
    for path in (f"{log}/{version:020d}.json", log):
        try:
            found = os.stat(path)
        except FileNotFoundError:
            continue
        return found.st_ino, found.st_mtime_ns
    return 0, 0


def head_mark(table: Path, version: int) -> tuple[int, int, int]:
    """Return what changes when somebody commits or recreates the table: (newest version, inode, mtime in ns of the one given)."""
    mark = entry_mark(table, version)
    newer = version
    while os.path.exists(f"{table}/_delta_log/{newer + 1:020d}.json"):
        newer += 1
    return (newer, *mark)
