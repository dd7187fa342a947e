"""Owns the choice of files of a pinned Delta table: which reader is right, which files can hold wanted rows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...dialect.diagnostics import error
from ...planner.ports import DataFile, FileSelection
from ...planner.predicates import Predicate
from .reader import natively, require_readable
from .snapshot import Snapshot


def select_delta(snapshot: Snapshot, predicate: Predicate | None) -> FileSelection:
    """Return the files of a table that rows satisfying a predicate can be in.

    Partition values are judged first, then partition values and statistics together. Raises T4006 to T4008, T4018.
    """
    require_readable(snapshot)
    from .kept_files import kept_files

    kept = kept_files(snapshot, predicate)
    chosen = snapshot.files() if kept.places is None else snapshot.active().take(snapshot.vectors(), kept.places)
    _require_files(snapshot, chosen)
    return natively(snapshot, kept.after_partitions, chosen)


def _require_files(snapshot: Snapshot, files: Iterable[DataFile]) -> None:
    missing = [f.path for f in files if not os.path.exists(f.path)]
    if missing:
        raise error(
            "T4008",
            f"{len(missing)} data file(s) of version {snapshot.version} of `{snapshot.text}` are missing, the first is `{missing[0]}`",
            help="read a later version, or restore the files",
        )
