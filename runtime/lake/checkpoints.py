"""Owns checkpoints: which one is whole, and what stands in it: in one file, in parts, with sidecars (Delta's protocol, "Checkpoints")."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .grouping import grouped
from .log_actions import Domain, Metadata, Protocol, Sidecar, Transaction, entries
from .log_statistics import rows_said
from .logged_files import COLUMNS, NO_FILES, VECTOR, LoggedFiles, Partition
from .paths import data_file

T = TypeVar("T")

_NAME = re.compile(r"(\d{20})\.checkpoint(?:\.(?P<part>\d{10})\.(?P<parts>\d{10})|\.[0-9a-f]{8}-[0-9a-f-]{27})?\.(?P<kind>parquet|json)\Z")
_KINDS = ("protocol", "metaData", "txn", "domainMetadata", "sidecar")
_FILE = ("path", "partitionValues", "size", "modificationTime", "stats", "deletionVector")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says."""

    version: int
    protocols: tuple[Protocol, ...]
    metadata: tuple[Metadata, ...]
    transactions: tuple[Transaction, ...]
    domains: tuple[Domain, ...]
    files: LoggedFiles


def whole_checkpoint(log: Path, version: int) -> tuple[int, tuple[Path, ...]] | None:
    """Return the newest whole checkpoint up to a version with its files in order, or None."""
    whole: dict[int, tuple[Path, ...]] = {}
    parts: dict[tuple[int, int], list[Path]] = {}
    for name in sorted(os.listdir(log)):
        found = _NAME.match(name)
        if found is None or int(found[1]) > version:
            continue
        if found["parts"] is None:
            whole[int(found[1])] = (log / name,)
        else:
            parts.setdefault((int(found[1]), int(found["parts"])), []).append(log / name)
    whole.update({number: tuple(files) for (number, count), files in parts.items() if len(files) == count and number not in whole})
    newest = max(whole, default=None)
    return None if newest is None else (newest, whole[newest])


def read_checkpoint(log: Path, found: tuple[int, tuple[Path, ...]]) -> Checkpoint:
    """Return what a checkpoint says.

    Args:
        log: folder of the log.
        found: version and files, as `whole_checkpoint` gives them.

    Raises:
        ValueError: something isn't as the protocol says (Arrow's errors are `ValueError`s as well), or statistics stand in columns only.
        OSError: a file is gone, or can't be read.
    """
    version, paths = found
    pieces = [_read(path) for path in paths]
    sidecars = [_parquet(Path(data_file(str(log / "_sidecars"), one.path))) for piece in pieces for one in piece.sidecars]
    tables = [piece.files for piece in (*pieces, *sidecars)]
    return Checkpoint(
        version,
        tuple(one for piece in pieces for one in piece.protocols),
        tuple(one for piece in pieces for one in piece.metadata),
        tuple(one for piece in pieces for one in piece.transactions),
        tuple(one for piece in pieces for one in piece.domains),
        _together(tables),
    )


def checkpoint_domains(paths: Iterable[Path]) -> tuple[Domain, ...]:
    """Return the domains that a checkpoint knows, of its own files: sidecars have none. Raises `ValueError` and `OSError`."""
    found: list[Domain] = []
    for path in paths:
        if path.suffix == ".json":
            found += _json(path).domains
            continue
        with pq.ParquetFile(path) as file:
            found += _actions(file.read(columns=["domainMetadata"]), "domainMetadata", Domain)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one file of a checkpoint says."""

    protocols: tuple[Protocol, ...]
    metadata: tuple[Metadata, ...]
    transactions: tuple[Transaction, ...]
    domains: tuple[Domain, ...]
    sidecars: tuple[Sidecar, ...]
    files: LoggedFiles


def _read(path: Path) -> _Piece:
    return _json(path) if path.suffix == ".json" else _parquet(path)


def _json(path: Path) -> _Piece:
    found = entries(path.read_bytes())
    return _Piece(
        tuple(one.protocol for one in found if one.protocol is not None),
        tuple(one.metaData for one in found if one.metaData is not None),
        tuple(one.txn for one in found if one.txn is not None),
        tuple(one.domainMetadata for one in found if one.domainMetadata is not None),
        tuple(one.sidecar for one in found if one.sidecar is not None),
        NO_FILES.changed([[one for one in found if one.add is not None]]),
    )


def _parquet(path: Path) -> _Piece:
    with pq.ParquetFile(path) as file:
        there = file.schema_arrow
        wanted = [kind for kind in _KINDS if kind in there.names]
        table = file.read(columns=[*wanted, *(f"add.{name}" for name in _FILE)])
        parsed = "add" in there.names and there.field("add").type.get_field_index("stats_parsed") >= 0
    return _Piece(
        _actions(table, "protocol", Protocol),
        _actions(table, "metaData", Metadata),
        _actions(table, "txn", Transaction),
        _actions(table, "domainMetadata", Domain),
        _actions(table, "sidecar", Sidecar),
        _files(table["add"], parsed) if "add" in table.column_names else NO_FILES,
    )


def _actions(table: pa.Table, name: str, kind: type[T]) -> tuple[T, ...]:
    """Return the actions of one kind; what is null in Parquet is left out in JSON."""
    if name not in table.column_names:
        return ()
    column = table[name]
    rows = column.filter(pc.is_valid(column)).to_pylist(maps_as_pydicts="strict")
    return tuple(msgspec.convert({name: value for name, value in row.items() if value is not None}, kind) for row in rows)


def _files(column: pa.ChunkedArray[Any], parsed: bool) -> LoggedFiles:
    """Return the added files; a struct's fields look valid under a null one, so the structs themselves are asked."""
    adds = pa.table({"add": column.filter(pc.is_valid(column))})["add"].combine_chunks()
    if not len(adds):
        return NO_FILES
    arrays = {name: _field(adds, name) for name in _FILE}
    if any(arrays[name] is None or arrays[name].null_count for name in ("path", "size", "modificationTime")):
        raise ValueError("a file in the checkpoint has no path, no size or no time")
    stats = arrays["stats"]
    if parsed and (stats is None or stats.null_count):
        raise ValueError("the checkpoint has statistics in columns only")
    groups, partitions = _partitions(arrays["partitionValues"], len(adds))
    texts = pa.chunked_array([pa.nulls(len(adds), pa.string()) if stats is None else stats.cast(pa.string())])
    columns = [arrays["path"], arrays["size"], arrays["modificationTime"], texts, rows_said(texts)]
    columns += [_vectors(arrays["deletionVector"], len(adds)), groups]
    return LoggedFiles(pa.table([one.cast(f.type) for one, f in zip(columns, COLUMNS, strict=True)], schema=COLUMNS), partitions)


def _field(adds: Any, name: str) -> Any:
    return adds.field(name) if adds.type.get_field_index(name) >= 0 else None


def _vectors(found: Any, count: int) -> Any:
    if found is None or found.null_count == len(found):
        return pa.nulls(count, VECTOR)
    parts = [found.field(f.name).cast(f.type) if found.type.get_field_index(f.name) >= 0 else pa.nulls(count, f.type) for f in VECTOR]
    return pa.StructArray.from_arrays(parts, fields=list(VECTOR), mask=found.is_null())


def _partitions(found: Any, count: int) -> tuple[Any, tuple[Partition, ...]]:
    """Return of each file the place of its partition, and the different ones."""
    if found is None or found.null_count:
        raise ValueError("a file in the checkpoint has no partition values")
    names = pc.unique(found.keys).to_pylist()
    if not names:
        return pa.repeat(pa.scalar(0, pa.int32()), count), ({},)
    columns = {name: _values(found, name, len(names), count) for name in names}
    groups, first = grouped(list(columns.values()), count)
    values = [column.take(first).to_pylist() for column in columns.values()]
    return groups.cast(pa.int32()), tuple(dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))


def _values(found: Any, name: str, names: int, count: int) -> Any:
    """Return the values of one key in each map: where each has just the one, they are the values as they stand."""
    if names == 1 and len(found.items) == count:
        lengths = pc.subtract(found.offsets.slice(1), found.offsets.slice(0, count))
        if pc.min_max(lengths).as_py() == {"min": 1, "max": 1}:
            return found.items
    return pc.map_lookup(found, pa.scalar(name, pa.string()), "first")


def _together(tables: list[LoggedFiles]) -> LoggedFiles:
    """Return the files of several pieces, with their partitions numbered as one list."""
    found: list[Partition] = []
    known: dict[frozenset[tuple[str, str | None]], int] = {}
    parts = []
    for files in tables:
        if not files.adds.num_rows:
            continue
        numbers = []
        for values in files.partitions:
            key = frozenset(values.items())
            if key not in known:
                known[key] = len(found)
                found.append(values)
            numbers.append(known[key])
        at = files.adds.schema.get_field_index("partition")
        parts.append(files.adds.set_column(at, COLUMNS.field("partition"), pa.array(numbers, pa.int32()).take(files.adds["partition"])))
    return LoggedFiles(pa.concat_tables(parts), tuple(found)) if parts else NO_FILES
