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
    adds = snapshot.adds()
    total = adds.num_rows
    if reader != "native":
        files = _files(snapshot, adds, range(total))
        _require_names(snapshot, files)
        return FileSelection(reader, total, total, files, notes, fallback=True)  # type: ignore[arg-type]
    rows = adds["num_records"].to_pylist()
    partitions = _partition_stats(snapshot, adds, predicate)
    left = [i for i in range(total) if keep(predicate, FileStats(rows[i], partitions[i]))]
    chosen = _by_statistics(snapshot, adds, predicate, left, rows, partitions)
    files = _files(snapshot, adds, chosen)
    _require_files(snapshot, files)
    if len(files) > MAP_FILES and any(has_type(f.type, ("MAP",)) for f in snapshot.schema):
        notes = (f"map columns in more than {MAP_FILES} files: read through the Delta library's provider",)
        return FileSelection("provider", total, total, _files(snapshot, adds, range(total)), notes, fallback=True)
    return FileSelection("native", total, len(left), files)


def _by_statistics(
    snapshot: Snapshot,
    adds: pa.Table,
    predicate: Predicate | None,
    left: Sequence[int],
    rows: Sequence[int | None],
    partitions: Sequence[dict[tuple[str, ...], ColumnStats]],
) -> Sequence[int]:
    wanted = {path: type_ for path in columns_of(predicate) if (type_ := _type_of(snapshot.schema, path)) is not None}
    wanted = {path: type_ for path, type_ in wanted.items() if path[0] not in snapshot.partition_by}
    if not wanted or not left:
        return left
    known = [
        (path, type_, _statistic(adds, "min", path), _statistic(adds, "max", path), _statistic(adds, "null_count", path))
        for path, type_ in wanted.items()
    ]
    kept = []
    for i in left:
        columns = {path: ColumnStats(t, _at(low, i), _at(high, i), _at(nulls, i)) for path, t, low, high, nulls in known}
        if keep(predicate, FileStats(rows[i], {**partitions[i], **columns})):
            kept.append(i)
    return kept


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


def _partition_stats(snapshot: Snapshot, adds: pa.Table, predicate: Predicate | None) -> list[dict[tuple[str, ...], ColumnStats]]:
    wanted = {path[0] for path in columns_of(predicate)} & set(snapshot.partition_by)
    columns = {name: values for name, values in _partition_values(snapshot, adds).items() if name in wanted}
    found: list[dict[tuple[str, ...], ColumnStats]] = [{} for _ in range(adds.num_rows)]
    for name, values in columns.items():
        for i, value in enumerate(values):
            found[i][(name,)] = ColumnStats(value.type, value.value, value.value, 0 if value.value is not None else None, exact=True)
    return found


def _partition_values(snapshot: Snapshot, adds: pa.Table) -> dict[str, list[Value]]:
    """Return typed partition values by column, per file; an empty text or binary means null, as the protocol says."""
    found: dict[str, list[Value]] = {}
    for name in snapshot.partition_by:
        field = snapshot.schema.get(name)
        values = _statistic(adds, "partition", (name,))
        if field is None or values is None:
            raise error("T4007", f"the log of `{snapshot.text}` has no values of the partition column `{name}`")
        found[name] = [Value(field.type, None if v in ("", b"") else v) for v in values]
    return found


def _files(snapshot: Snapshot, adds: pa.Table, chosen: Sequence[int]) -> tuple[DataFile, ...]:
    partitions = _partition_values(snapshot, adds)
    names = tuple(partitions)
    by_row: Iterable[tuple[Value, ...]] = zip(*partitions.values(), strict=True) if names else ()
    values = list(by_row)
    paths, sizes, rows = adds["path"].to_pylist(), adds["size_bytes"].to_pylist(), adds["num_records"].to_pylist()
    table = str(snapshot.path)
    return tuple(
        DataFile(data_file(table, paths[i]), sizes[i], rows[i], tuple(zip(names, values[i], strict=True)) if names else ()) for i in chosen
    )


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
    files = tuple(files)
    _require_files(snapshot, files)
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
