"""Owns the active files of one version as columns: paths, sizes, rows, partition values by group, statistics.

A table can have very many files, so what is said of all of them is computed over Arrow columns,
and `DataFile`s are made only of those that a scan reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from ...planner.ports import DataFile, DeletionVector
from ...planner.values import Value
from .paths import data_file


@dataclass(frozen=True, slots=True)
class ActiveFiles:
    """All active files, one row each.

    Args:
        table: the table's folder.
        adds: what the library's log reader gives: `path`, `size_bytes`, `num_records`, `min`, `max`, `null_count`.
        schema: the table's columns.
        groups: of each file, which row of `values` it has; None for a table without partition columns.
        values: the distinct partition values, a column each; an empty text means null, as the protocol says.
    """

    table: str
    adds: pa.Table
    schema: Schema
    groups: pa.Array[Any] | None
    values: pa.Table

    def __len__(self) -> int:
        """Return how many files there are."""
        return int(self.adds.num_rows)

    @property
    def rows(self) -> pa.Array[Any]:
        """Return the rows of each file, deleted ones included, null where the log doesn't say."""
        return self.adds["num_records"].combine_chunks()

    @property
    def byte_count(self) -> int:
        """Return the size of all files, in bytes."""
        return int(pc.sum(self.adds["size_bytes"]).as_py() or 0)

    @property
    def row_count(self) -> int | None:
        """Return the rows of all files, deleted ones included; None where the log doesn't say them of each."""
        return None if self.adds["num_records"].null_count else int(pc.sum(self.adds["num_records"]).as_py() or 0)

    def statistic(self, kind: str, path: Iterable[str]) -> pa.Array[Any] | None:
        """Return one statistic of one column for all files, None where the log has none.

        Args:
            kind: `min`, `max` or `null_count`.
            path: of the column as the files name it.
        """
        if kind not in self.adds.column_names:
            return None
        column: Any = self.adds[kind].combine_chunks()
        for name in path:
            if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
                return None
            column = pc.struct_field(column, [name])
        return None if pa.types.is_struct(column.type) else column

    def take(self, vectors: Mapping[str, DeletionVector], places: pa.Array[Any] | None = None) -> tuple[DataFile, ...]:
        """Return the files at these places, or all.

        Args:
            vectors: deletion vectors in force, by absolute path of the file.
            places: indices, or None for all.
        """
        adds = self.adds.select(["path", "size_bytes", "num_records"])
        groups = self.groups
        if places is not None:
            adds, groups = adds.take(places), None if groups is None else groups.take(places)
        folder = self.table
        paths = [data_file(folder, path) for path in adds["path"].to_pylist()]
        sizes, rows = adds["size_bytes"].to_pylist(), adds["num_records"].to_pylist()
        partitions = [()] * len(paths) if groups is None else self._partitions(groups)
        without = [()] * len(paths) if not vectors else [(vectors[path],) if path in vectors else () for path in paths]
        return tuple(map(DataFile, paths, sizes, rows, partitions, without))

    def _partitions(self, groups: pa.Array[Any]) -> list[tuple[tuple[str, Value], ...]]:
        wanted = pc.unique(groups)
        table = self.values.take(wanted)
        types = [(field.name, field.type) for name in table.column_names if (field := self.schema.get(name)) is not None]
        columns = [[(name, Value(type_, value)) for value in table[name].to_pylist()] for name, type_ in types]
        made = dict(zip(wanted.to_pylist(), zip(*columns, strict=True), strict=True))
        return [made[group] for group in groups.to_pylist()]


def active_files(table: str, adds: pa.Table, schema: Schema, partition_by: tuple[str, ...], text: str) -> ActiveFiles:
    """Return a version's active files; raises T4007 when the log lacks partition values.

    Args:
        table: the table's folder.
        adds: the library's Arrow table of them, with partition values and statistics nested.
        schema: the table's columns.
        partition_by: names of the partition columns.
        text: the location as people know it, for messages.
    """
    columns = {name: _partition(adds, name, schema, text) for name in partition_by}
    if not columns:
        return ActiveFiles(table, adds, schema, None, pa.table({}))
    groups, first = _grouped(list(columns.values()), adds.num_rows)
    return ActiveFiles(table, adds, schema, groups, pa.table({name: column.take(first) for name, column in columns.items()}))


def _partition(adds: pa.Table, name: str, schema: Schema, text: str) -> Any:
    kind: Any = adds["partition"].combine_chunks() if "partition" in adds.column_names else None
    if kind is None or schema.get(name) is None or kind.type.get_field_index(name) < 0:
        raise error("T4007", f"the log of `{text}` has no values of the partition column `{name}`")
    column = pc.struct_field(kind, [name])
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        empty = pc.equal(column, pa.scalar("" if pa.types.is_string(column.type) else b"", column.type))
        return pc.if_else(empty, pa.scalar(None, column.type), column)
    return column


def _grouped(columns: list[Any], count: int) -> tuple[pa.Array[Any], pa.Array[Any]]:
    """Return of each row the number of its group of equal values, and of each group its first row."""
    codes: Any = pa.repeat(pa.scalar(0, pa.int64()), count)
    for column in columns:
        bits = column.view(pa.int64() if column.type.bit_width == 64 else pa.int32()) if pa.types.is_floating(column.type) else column
        found = bits.dictionary_encode(null_encoding="encode")
        # Numbered anew after each column, so that codes stay below the square of the number of files.
        codes = pc.add(pc.multiply(codes, max(len(found.dictionary), 1)), found.indices.cast(pa.int64()))
        codes = codes.dictionary_encode().indices.cast(pa.int64())
    rows = pa.table({"code": codes, "row": pa.array(range(count), pa.int64())})
    first = rows.group_by("code", use_threads=False).aggregate([("row", "min")]).sort_by("code")
    return codes, first["row_min"].combine_chunks()
