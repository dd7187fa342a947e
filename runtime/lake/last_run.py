"""Owns what `since_last_run()` asks of tables: how far a table's last run read a source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...dialect.diagnostics import error
from .identity import PREFIX
from .log import Commit, read_commit
from .snapshot import Snapshot


def last_read(table: Snapshot, view: str, source: str, location: str, current: Snapshot) -> int | None:
    """Return the version of a source that the newest commit of a run in a table reflects, None when no run has read it.

    A restored table reflects what the version that it was restored to reflects. Where commits
    were cleaned up, the application transactions, which checkpoints keep, say the same.

    Args:
        table: the output's table at its head.
        view: the view that is written to it.
        source: the source's name, which is its call.
        location: the source's location as pins name it.
        current: the source as it is now.

    Raises T4026 when the source was made anew since.
    """
    for commit in _back(table):
        recorded = commit.info.get(PREFIX + "pins")
        if not isinstance(recorded, str):
            continue
        pin = _pin_of(json.loads(recorded), source, location)
        if pin is None:
            continue  # that run did not read it
        if pin.get("table_id") not in (None, current.table_id):
            raise error(
                "T4026",
                f"`{location}` is not the table that the last run of `{view}` read: it was made anew since",
                help="say once where its changes start: `start_version => 0`",
            )
        return int(pin["window"][1]) if pin.get("window") else int(pin["version"])
    return table.transaction(f"treadle/{view}/{source}")


def _back(table: Snapshot) -> Iterator[Commit]:
    """Yield the commits that made a table what it is, newest first, as far as they are left."""
    version = table.version
    while version >= 0:
        commit = read_commit(table.path, version)
        if commit is None:
            return
        yield commit
        version = _restored(commit, version)


def _restored(commit: Commit, version: int) -> int:
    """Return the version below a commit: the one that it restored, or the one before it."""
    said = commit.info.get("operationParameters") if commit.info.get("operation") == "RESTORE" else None
    target = str(said.get("version", "")) if isinstance(said, dict) else ""
    return int(target) if target.isdigit() and int(target) < version else version - 1


def _pin_of(pins: list[dict[str, Any]], source: str, location: str) -> Mapping[str, Any] | None:
    """Return what a run recorded of a source: under its own name, else as changes, else as the table that it followed."""
    there = [one for one in pins if one.get("location") == location and isinstance(one.get("version"), int)]
    named = [one for one in there if one.get("source") == source]
    changes = [one for one in there if one.get("kind") == "changes"]
    followed = [one for one in there if one.get("follows_head")]
    return next(iter((*named, *changes, *followed)), None)
