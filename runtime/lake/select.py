"""Owns the choice of files of a pinned Delta table: which reader is right, which files can hold wanted rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...dialect.diagnostics import error
from ...planner.ports import DataFile, FileSelection
from ...planner.predicates import FirstRows, Predicate
from .presence import lost
from .reader import natively, require_readable
from .snapshot import Snapshot


def select_delta(snapshot: Snapshot, predicate: Predicate | None, first: FirstRows | None = None) -> FileSelection:
    """Return the files of a table that rows satisfying a predicate can be in, or that can be among the first of these.

    Partition values are judged first, then partition values and statistics together, then what comes first by statistics.
    Raises T4006 to T4008, T4018.
    """
    require_readable(snapshot)
    from .kept_files import kept_files

    kept = kept_files(snapshot, predicate, first)
    chosen = snapshot.files() if kept.places is None else snapshot.active().take(snapshot.vectors(), kept.places)
    _require_files(snapshot, chosen)
    selection = natively(snapshot, kept.after_partitions, chosen, snapshot.suspects(kept.places))
    if first is None or not kept.beyond or selection.fallback:
        return selection
    note = f"without {kept.beyond} file{'' if kept.beyond == 1 else 's'} that hold none of the first rows by {first.order()}"
    return replace(selection, notes=(*selection.notes, note), left_out=note)


def _require_files(snapshot: Snapshot, files: Iterable[DataFile]) -> None:
    found = lost(f.path for f in files)
    if found:
        first, are = found[0]
        alike = sum(what == are for _, what in found)
        raise error(
            "T4008",
            f"{alike} data file(s) of version {snapshot.version} of `{snapshot.text}` are {are}, the first is `{first}`",
            help="read a later version, or restore the files" if "://" not in first else "copy the table to this machine, files and log",
        )
