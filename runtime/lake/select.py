"""Owns the choice of files of a pinned Delta table: which reader is right, which files can hold wanted rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import DataType, Schema
from ...planner.ports import DataFile, FileSelection
from ...planner.predicates import Predicate
from ...planner.pruning import ColumnStats, FileStats, columns_of, keep
from ...planner.values import Value
from .paths import data_file
from .schemas import has_type
from .snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

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
    unknown = sorted(f for f in snapshot.features - NATIVE_FEATURES if f in _reader_features(snapshot))
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


def _reader_features(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(snapshot.table.protocol().reader_features or ())


def select_delta(snapshot: Snapshot, predicate: Predicate | None) -> FileSelection:
    """Return the files of a table that rows satisfying a predicate can be in; raises T4006, T4008.

    Partition values are judged first, then partition values and statistics together.
    Readers other than the native one read the whole table at its version.
    """
    reader, notes = choose_reader(snapshot)
    files = data_files(snapshot)
    total = len(files)
    if reader != "native":
        _require_files(snapshot, files)
        _require_names(snapshot, files)
        return FileSelection(reader, total, total, files, notes, fallback=True)  # type: ignore[arg-type]
    left, chosen = _pruned(snapshot, files, predicate)
    _require_files(snapshot, chosen)
    if len(chosen) > MAP_FILES and any(has_type(f.type, ("MAP",)) for f in snapshot.schema):
        notes = (f"map columns in more than {MAP_FILES} files: read through the Delta library's provider",)
        return FileSelection("provider", total, total, files, notes, fallback=True)
    return FileSelection("native", total, left, chosen)


def _pruned(snapshot: Snapshot, files: Sequence[DataFile], predicate: Predicate | None) -> tuple[int, tuple[DataFile, ...]]:
    """Return how many files partition values leave, and the files that statistics leave of those."""
    if predicate is None:
        return len(files), tuple(files)
    paths = columns_of(predicate)
    by_value: dict[object, dict[tuple[str, ...], ColumnStats]]
    by_value = {p: {(n,): _exact(v) for n, v in p if (n,) in paths} for p in {f.partition for f in files}}
    wanted = {p for p, known in by_value.items() if keep(predicate, FileStats(None, known))}
    left = [i for i, file in enumerate(files) if file.partition in wanted]
    statistics = _statistics(snapshot, paths)
    if not statistics:
        return len(left), tuple(files[i] for i in left)
    chosen = []
    for i in left:
        columns = {path: ColumnStats(t, _at(low, i), _at(high, i), _at(nulls, i)) for path, t, low, high, nulls in statistics}
        if keep(predicate, FileStats(files[i].rows, {**by_value[files[i].partition], **columns})):
            chosen.append(files[i])
    return len(left), tuple(chosen)


def _exact(value: Value) -> ColumnStats:
    return ColumnStats(value.type, value.value, value.value, None if value.value is None else 0, exact=True)


_Statistics = tuple[tuple[str, ...], DataType, list[Any] | None, list[Any] | None, list[Any] | None]


def _statistics(snapshot: Snapshot, paths: Iterable[tuple[str, ...]]) -> list[_Statistics]:
    """Return lows, highs and null counts of all files, for each column that is no partition column."""
    adds = snapshot.adds()
    return [
        (path, type_, _statistic(adds, "min", path), _statistic(adds, "max", path), _statistic(adds, "null_count", path))
        for path in sorted(paths)
        if path[0] not in snapshot.partition_by and (type_ := _type_of(snapshot.schema, path)) is not None
    ]


def _at(values: list[Any] | None, index: int) -> Any:
    return None if values is None else values[index]


def _type_of(schema: Schema, path: tuple[str, ...]) -> DataType | None:
    fields: Iterable[Any] = schema
    found = None
    for name in path:
        field = next((f for f in fields if f.name == name), None)
        if field is None:
            return None
        found, fields = field.type, field.type.fields if field.type.name == "STRUCT" else ()
    return found


def _statistic(adds: pa.Table, kind: str, path: tuple[str, ...]) -> list[Any] | None:
    """Return one statistic of one column for all files, or None where the log has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind not in adds.column_names:
        return None
    column: Any = adds[kind].combine_chunks()
    for name in path:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return None
        column = pc.struct_field(column, [name])
    return None if pa.types.is_struct(column.type) else list(column.to_pylist())


def data_files(snapshot: Snapshot) -> tuple[DataFile, ...]:
    """Return all active files of a table with typed partition values; made once per snapshot.

    An empty text or binary partition value means null, as the protocol says.
    """
    if snapshot.files is None:
        adds, table = snapshot.adds(), str(snapshot.path)
        partitions = _partitions(snapshot)
        columns = (adds["path"].to_pylist(), adds["size_bytes"].to_pylist(), adds["num_records"].to_pylist(), partitions)
        snapshot.files = tuple(DataFile(data_file(table, path), size, rows, part) for path, size, rows, part in zip(*columns, strict=True))
    return snapshot.files


def _partitions(snapshot: Snapshot) -> list[tuple[tuple[str, Value], ...]]:
    named = []
    for name in snapshot.partition_by:
        field = snapshot.schema.get(name)
        values = _statistic(snapshot.adds(), "partition", (name,))
        if field is None or values is None:
            raise error("T4007", f"the log of `{snapshot.text}` has no values of the partition column `{name}`")
        named.append([(name, Value(field.type, None if v in ("", b"") else v)) for v in values])
    return list(zip(*named, strict=True)) if named else [()] * snapshot.adds().num_rows


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
