"""Owns the look at data files before they are read: that each is there, and is a file that holds something."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from .paths import is_elsewhere


def lost(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the paths that no rows can be read from, each with what such paths are: missing, empty, no files, not on this machine.

    The engine takes empty files and folders for files without rows, silently; a Parquet file is never empty,
    for it ends with a footer.
    """
    return [(path, what) for path in paths if (what := _wrong(path)) is not None]


def _wrong(path: str) -> str | None:
    if "://" in path and is_elsewhere(path):
        return "not on this machine"
    try:
        found = os.stat(path)
    except OSError:
        return "missing"
    if not stat.S_ISREG(found.st_mode):
        return "no files"
    return None if found.st_size else "empty"
