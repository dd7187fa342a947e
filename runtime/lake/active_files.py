"""Owns the active files of one version as columns: paths, sizes, rows, partition values by group, statistics.

A table can have very many files, so what is said of all of them is computed over Arrow columns,
and `DataFile`s are made only of those that a scan reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.diagnostics import error
from ...dialect.types import DataType, Schema
from ...planner.ports import DataFile, DeletionVector
from ...planner.values import Value
from .bounds import Known
from .file_statistics import LibraryStatistics, LoggedStatistics
from .grouping import grouped
from .logged_files import LoggedFiles
from .partition_text import partition_value
from .paths import data_file
from .schemas import arrow_type

Path = tuple[str, ...]
Column = tuple[Path, Path, DataType]
"""A column that statistics are asked of: logical path, path in the files, type."""


class Statistics(Protocol):
    """Where statistics of files come from."""

    def known(self, columns: Sequence[Column], places: pa.Array[Any] | None) -> Mapping[Path, Known]:
        """Return what is known of columns by their logical paths, for the files at these places, or all."""
        ...

    def texts(self, places: pa.Array[Any] | None) -> Sequence[str | None]:
        """Return the statistics of the files at these places, or all, as the log spells them; none where only columns are known."""
        ...


@dataclass(frozen=True, slots=True)
class ActiveFiles:
    """All active files, one row each.

    Args:
        table: the table's folder.
        paths: as the log spells them.
        sizes: in bytes.
        rows: deleted ones included, null where the log doesn't say.
        schema: the table's columns.
        groups: of each file, which row of `values` it has; None for a table without partition columns.
        values: the distinct partition values, a column each; an empty text means null, as the protocol says.
        statistics: what is known of other columns.
    """

    table: str
    paths: pa.Array[Any]
    sizes: pa.Array[Any]
    rows: pa.Array[Any]
    schema: Schema
    groups: pa.Array[Any] | None
    values: pa.Table
    statistics: Statistics

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self.paths)

    @property
    def byte_count(self) -> int:
        """Return the size of all files, in bytes."""
        return int(pc.sum(self.sizes).as_py() or 0)

    @property
    def row_count(self) -> int | None:
        """Return the rows of all files, deleted ones included; None where the log doesn't say them of each."""
        return None if self.rows.null_count else int(pc.sum(self.rows).as_py() or 0)

    def take(self, vectors: Mapping[str, DeletionVector], places: pa.Array[Any] | None = None) -> tuple[DataFile, ...]:
        """Return the files at these places, or all.

        Args:
            vectors: deletion vectors in force, by absolute path of the file.
            places: indices, or None for all.
        """
        logged, sizes, rows = (_at(one, places).to_pylist() for one in (self.paths, self.sizes, self.rows))
        groups = None if self.groups is None else _at(self.groups, places)
        folder = self.table
        paths = [data_file(folder, path) for path in logged]
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


def _at(column: pa.Array[Any], places: pa.Array[Any] | None) -> Any:
    return column if places is None else column.take(places)


def of_log(table: str, files: LoggedFiles, schema: Schema, stored: Schema | None, partition_by: tuple[str, ...]) -> ActiveFiles:
    """Return a version's active files, as its log spells them.

    Args:
        table: the table's folder.
        files: what the log says.
        schema: the table's columns.
        stored: the same under the names that the log has, None where those are the logical ones.
        partition_by: names of the partition columns.

    Raises `ValueError` where the log has partition values that are none of their types.
    """
    names = dict(zip(schema.names, (stored or schema).names, strict=True))
    places = files.adds["partition"].combine_chunks().dictionary_encode()
    there = [files.partitions[at] for at in places.dictionary.to_pylist()]
    values = {name: _typed(schema, name, [one.get(names[name]) for one in there]) for name in partition_by}
    groups, distinct = None, pa.table({})
    if values:
        numbers, first = grouped(list(values.values()), len(there))
        groups, distinct = numbers.take(places.indices), pa.table(values).take(first)
    paths, sizes, rows = (files.adds[name].combine_chunks() for name in ("path", "size", "rows"))
    return ActiveFiles(table, paths, sizes, rows, schema, groups, distinct, LoggedStatistics(files.adds["stats"]))


def _typed(schema: Schema, name: str, texts: Sequence[str | None]) -> Any:
    field = schema.get(name)
    assert field is not None, "partition columns are columns"
    return pa.array([partition_value(text, field.type) for text in texts], arrow_type(field.type, name))


def of_library(table: str, adds: pa.Table, schema: Schema, partition_by: tuple[str, ...], text: str) -> ActiveFiles:
    """Return a version's active files as the library tells them; raises T4007 when the log lacks partition values.

    Args:
        table: the table's folder.
        adds: its Arrow table of them, with partition values and statistics nested.
        schema: the table's columns.
        partition_by: names of the partition columns.
        text: the location as people know it, for messages.
    """
    columns = {name: _partition(adds, name, schema, text) for name in partition_by}
    groups, values = None, pa.table({})
    if columns:
        groups, first = grouped(list(columns.values()), adds.num_rows)
        values = pa.table({name: column.take(first) for name, column in columns.items()})
    paths, sizes, rows = (adds[name].combine_chunks() for name in ("path", "size_bytes", "num_records"))
    return ActiveFiles(table, paths, sizes, rows, schema, groups, values, LibraryStatistics(adds))


def _partition(adds: pa.Table, name: str, schema: Schema, text: str) -> Any:
    kind: Any = adds["partition"].combine_chunks() if "partition" in adds.column_names else None
    if kind is None or schema.get(name) is None or kind.type.get_field_index(name) < 0:
        raise error("T4007", f"the log of `{text}` has no values of the partition column `{name}`")
    column = pc.struct_field(kind, [name])
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        empty = pc.equal(column, pa.scalar("" if pa.types.is_string(column.type) else b"", column.type))
        return pc.if_else(empty, pa.scalar(None, column.type), column)
    return column
