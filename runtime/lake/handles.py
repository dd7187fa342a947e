"""Owns opening the library's own handle on a table: for writes, and for what of a log is left to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...dialect.diagnostics import error
from .faults import words
from .log import checkpoint_named, log_files

if TYPE_CHECKING:
    from deltalake import DeltaTable


def library_handle(path: Path, text: str, version: int | None) -> DeltaTable:
    """Open a handle. Where `_last_checkpoint` names a checkpoint that is gone, it is opened below that and moved up."""
    from deltalake import DeltaTable

    try:
        return DeltaTable(str(path), version=version)
    except Exception as problem:
        head, named = log_files(path).head, checkpoint_named(path)
        wanted = head if version is None else version
        if "_last_checkpoint" not in str(problem):
            raise
        if not named or named > wanted:
            what = f"`_last_checkpoint` in the log of `{text}` names a checkpoint that is gone"
            raise error("T4007", what, help="delete that file: it is only a hint", cause=words(problem)) from problem
        found = DeltaTable(str(path), version=named - 1)
        found.load_as_version(wanted)
        return found
