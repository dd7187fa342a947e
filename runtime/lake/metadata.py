"""Owns the tables about a Delta table: their columns, and rows made from the log at the pinned version.

`delta_snapshot` has the columns of DESCRIBE DETAIL (with `version` and `numRecords` behind them),
`delta_add_actions` those of the Delta library's `get_add_actions`; `history.py` has the third. A location
is told as the project spells it, so that a table gives the same rows on every machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...dialect.types import BIGINT, INT, VARCHAR, Field, Schema, list_of, map_of, timestamp
from ...planner.ports import PinnedSource, SourceRef
from ...planner.values import Value
from .add_actions import add_actions, add_actions_schema, deleted_rows
from .clustering import clustering_columns
from .history import HISTORY, history, history_window
from .schemas import arrow_schema
from .snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

INSTANT = timestamp(6, "UTC")
SNAPSHOT = Schema(
    (
        Field("format", VARCHAR, False),
        Field("id", VARCHAR, False),
        Field("name", VARCHAR),
        Field("description", VARCHAR),
        Field("location", VARCHAR, False),
        Field("createdAt", INSTANT),
        Field("lastModified", INSTANT),
        Field("partitionColumns", list_of(VARCHAR), False),
        Field("clusteringColumns", list_of(VARCHAR), False),
        Field("numFiles", BIGINT, False),
        Field("sizeInBytes", BIGINT, False),
        Field("properties", map_of(VARCHAR, VARCHAR), False),
        Field("minReaderVersion", INT, False),
        Field("minWriterVersion", INT, False),
        Field("tableFeatures", list_of(VARCHAR), False),
        Field("statistics", map_of(VARCHAR, BIGINT), False),
        Field("version", BIGINT, False),
        Field("numRecords", BIGINT),
    )
)
"""The columns of every description of a table."""


def metadata_schema(kind: str, snapshot: Snapshot) -> Schema:
    """Return the columns of a table about a table."""
    fixed = {"history": HISTORY, "snapshot": SNAPSHOT}
    return fixed.get(kind) or add_actions_schema(snapshot)


def metadata_window(ref: SourceRef, snapshot: Snapshot) -> tuple[int, int] | None:
    """Return the first and last version that a history tells of; None for the others."""
    return history_window(snapshot.path, snapshot.version, _limit(dict(ref.options))) if ref.kind == "history" else None


def _limit(options: Mapping[str, Value]) -> int | None:
    given = options.get("limit")
    return None if given is None else int(given.value)  # type: ignore[call-overload]


def metadata_rows(pin: PinnedSource, snapshot: Snapshot, text: str) -> pa.Table:
    """Return the rows of a table about a table, at its pin, with the columns of the pin.

    Args:
        pin: of a kind in `METADATA`.
        snapshot: the open table at the pinned version.
        text: its location as people know it.

    Raises T4004, T4006 and T4007.
    """
    if pin.ref.kind == "history":
        return history(snapshot.path, pin.window or (0, -1), text)
    return _description(snapshot, text) if pin.ref.kind == "snapshot" else add_actions(snapshot)


def _description(snapshot: Snapshot, text: str) -> pa.Table:
    import pyarrow as pa

    name, description, created = snapshot.described()
    active, deleted = snapshot.active(), deleted_rows(snapshot)
    reader, writer, *features = snapshot.protocol
    row = {
        "format": "delta",
        "id": snapshot.table_id,
        "name": name,
        "description": description,
        "location": text,
        "createdAt": _instant(created),
        "lastModified": _instant(snapshot.timestamp_ms),
        "partitionColumns": list(snapshot.partition_by),
        "clusteringColumns": clustering_columns(snapshot),
        "numFiles": len(active),
        "sizeInBytes": active.byte_count,
        "properties": sorted(snapshot.configuration.items()),
        "minReaderVersion": int(reader),
        "minWriterVersion": int(writer),
        "tableFeatures": list(features),
        "statistics": [("numRowsDeletedByDeletionVectors", sum(deleted.values())), ("numDeletionVectors", len(deleted))],
        "version": snapshot.version,
        "numRecords": None if active.row_count is None else active.row_count - sum(deleted.values()),
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(SNAPSHOT))


def _instant(milliseconds: Any) -> dt.datetime | None:
    if not isinstance(milliseconds, int):
        return None
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)
