"""Owns the choice of files of a pinned Delta table: which reader is right, which files can hold wanted rows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...dialect.diagnostics import error
from ...planner.ports import DataFile, FileSelection
from ...planner.predicates import Predicate
from .schemas import has_type
from .snapshot import Snapshot

MAP_FILES = 100
"""Maps can't be declared, so each file becomes a branch of a union, whose planning grows faster than its size (FACTS-DELTA 3)."""

NATIVE_FEATURES = frozenset({
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns",
    "deletionVectors", "rowTracking", "timestampNtz", "typeWidening", "typeWidening-preview", "domainMetadata", "v2Checkpoint",
    "icebergCompatV1", "icebergCompatV2", "clustering", "vacuumProtocolCheck", "allowColumnDefaults", "inCommitTimestamp",
    "variantType", "variantType-preview", "collations", "collations-preview", "coordinatedCommits-preview", "checkpointProtection",
    "materializePartitionColumns",
})  # fmt: skip
"""Features under which the choice below is known to read right (FACTS-DELTA 1)."""


def choose_reader(snapshot: Snapshot) -> tuple[str, tuple[str, ...]]:
    """Return the reader that is right for a table, and why it isn't the native one; raises T4006.

    Deletion vectors go to the library's scan and not to its provider, which fails on some plans.
    """
    text = snapshot.text
    unknown = sorted(snapshot.reader_features - NATIVE_FEATURES)
    if unknown:
        raise error("T4006", f"the table `{text}` uses the feature `{unknown[0]}`, which can't be read")
    if snapshot.deletes_rows:
        return "library", ("deletion vectors: read through the Delta library's scan",)
    if snapshot.mapping != "none":
        return "provider", (f"column mapping by {snapshot.mapping}: read through the Delta library's provider",)
    if snapshot.features & {"variantType", "variantType-preview"}:
        return "provider", ("variant columns: read through the Delta library's provider",)
    if any(has_type(f.type, ("NULL",)) for f in snapshot.schema):
        return "provider", ("void columns: read through the Delta library's provider",)
    return "native", ()


def select_delta(snapshot: Snapshot, predicate: Predicate | None) -> FileSelection:
    """Return the files of a table that rows satisfying a predicate can be in; raises T4006, T4008.

    Partition values are judged first, then partition values and statistics together.
    Readers other than the native one read the whole table at its version.
    """
    reader, notes = choose_reader(snapshot)
    total = len(snapshot.active())
    if reader != "native":
        files = snapshot.files()
        _require_files(snapshot, files)
        _require_names(snapshot, files)
        return FileSelection(reader, total, total, files, notes, fallback=True)  # type: ignore[arg-type]
    from .kept_files import kept_files

    kept = kept_files(snapshot, predicate)
    chosen = snapshot.files() if kept.places is None else snapshot.active().take({}, kept.places)
    _require_files(snapshot, chosen)
    if len(chosen) > MAP_FILES and any(has_type(f.type, ("MAP",)) for f in snapshot.schema):
        notes = (f"map columns in more than {MAP_FILES} files: read through the Delta library's provider",)
        return FileSelection("provider", total, total, snapshot.files(), notes, fallback=True)
    return FileSelection("native", total, kept.after_partitions, chosen)


def _require_files(snapshot: Snapshot, files: Iterable[DataFile]) -> None:
    missing = [f.path for f in files if not os.path.exists(f.path)]
    if missing:
        raise error(
            "T4008",
            f"{len(missing)} data file(s) of version {snapshot.version} of `{snapshot.text}` are missing, the first is `{missing[0]}`",
            help="read a later version, or restore the files",
        )


def _require_names(snapshot: Snapshot, files: Iterable[DataFile]) -> None:
    """Refuse tables mapped by id whose files don't carry the mapped names: every reader would give nulls for them."""
    if snapshot.mapping != "id":
        return
    import json

    import pyarrow.parquet as pq

    fields = [f["metadata"] for f in json.loads(snapshot.schema_json)["fields"] if f["name"] not in snapshot.partition_by]
    wanted = {str(m["delta.columnMapping.id"]): m["delta.columnMapping.physicalName"] for m in fields}
    for one in files:
        for column in pq.read_schema(one.path):
            number = (column.metadata or {}).get(b"PARQUET:field_id", b"").decode()
            if wanted.get(number, column.name) != column.name:
                raise error("T4006", f"`{one.path}` names its columns otherwise than the table's column mapping by id")
