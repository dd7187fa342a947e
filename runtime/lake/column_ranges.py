"""Owns what the log says of columns file by file: rows, least and greatest values, for planning that needs no more than an estimate."""

from __future__ import annotations

from ...planner.ports import FileRange
from .snapshot import Snapshot


def column_ranges(snapshot: Snapshot, columns: tuple[str, ...]) -> tuple[FileRange, ...] | None:
    """Return rows and ranges of some columns for each file of a version.

    Args:
        snapshot: the version.
        columns: names; in tables whose columns are mapped none is known.

    Returns:
        None where the log doesn't say all of it for each file.
    """
    active = snapshot.active()
    if snapshot.mapping != "none" or active.row_count is None:
        return None
    fields = [snapshot.schema.get(name) for name in columns]
    asked = [((field.name,), (field.name,), field.type) for field in fields if field is not None and not field.type.fields]
    if len(asked) < len(columns):
        return None
    found = active.statistics.known(asked, None)
    known = [one for path, _, _ in asked for one in (found[path].low, found[path].high) if one is not None and not one.null_count]
    if len(known) < 2 * len(columns):
        return None
    rows, values = active.rows.to_pylist(), [one.to_pylist() for one in known]
    return tuple(
        FileRange(count, tuple((values[2 * at][file], values[2 * at + 1][file]) for at in range(len(columns))))
        for file, count in enumerate(rows)
    )
