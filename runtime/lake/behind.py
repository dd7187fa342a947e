"""Owns the question whether a table that a run wrote still reflects its sources: recorded pins against their heads."""

from __future__ import annotations

import json
from collections.abc import Callable

from ...dialect.diagnostics import TreadleError
from .identity import PREFIX
from .log import read_commit
from .snapshot import Snapshot

Moved = tuple[str, int, int]
"""A source, the version that a table reflects, the version that is there now."""


def moved_since(table: Snapshot, head_of: Callable[[str], int]) -> tuple[Moved, ...] | None:
    """Return the sources that moved on since a table was written, None when no run of treadle wrote its pinned version.

    Args:
        table: the table at its pin.
        head_of: the newest version of a table by its location; raises `TreadleError` where there is none.

    Sources without versions are not looked at: their files are pinned only within one run.
    """
    commit = read_commit(table.path, table.version)
    recorded = commit.info.get(PREFIX + "pins") if commit is not None else None
    if not isinstance(recorded, str):
        return None
    found: list[Moved] = []
    for pin in json.loads(recorded):
        if not pin.get("follows_head") or not isinstance(pin.get("version"), int):
            continue  # without versions, or pinned to one on purpose
        try:
            now = head_of(pin["location"])
        except TreadleError:
            continue  # a source that is gone is told where it is read
        if now > pin["version"]:
            found.append((pin["source"], pin["version"], now))
    return tuple(found)
