"""Owns the reading of rows through the library's own readers, where the native scan isn't right or isn't there yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...dialect.types import Field, Schema
from ...planner.ports import PinnedSource
from ...planner.predicates import Predicate
from .faults import library, reading_fault
from .schemas import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


def library_batches(pin: PinnedSource, columns: tuple[str, ...] | None, predicate: Predicate | None = None) -> pa.RecordBatchReader:
    """Return the rows of a table at its pin through the library's scan, which honours deletion vectors.

    Args:
        pin: the pin; its schema decides the types.
        columns: the columns to read, in this order; None for all.
        predicate: not used to drop rows: the engine filters what it gets.

    Raises T4006 to T4008, when it is read as well.
    """
    import pyarrow as pa

    wanted = _chosen(pin.schema, columns)
    with library(lambda problem: reading_fault(problem, pin.ref.location)):
        stream = pa.RecordBatchReader.from_stream(_table(pin).scan(columns=list(wanted.names)))
    return _typed(stream, wanted, pin.ref.location)


def _table(pin: PinnedSource) -> DeltaTable:
    from deltalake import DeltaTable

    return DeltaTable(pin.ref.location, version=pin.version)


def _chosen(schema: Schema, columns: tuple[str, ...] | None) -> Schema:
    if columns is None:
        return schema
    return Schema(tuple(f for name in columns if (f := schema.get(name)) is not None))


def _typed(stream: Any, wanted: Schema, text: str) -> pa.RecordBatchReader:
    """Return the stream with exactly the wanted columns and types; faults of the library get codes."""
    import pyarrow as pa

    target = arrow_schema(Schema(tuple(Field(f.name, f.type) for f in wanted)))

    def batches() -> Iterator[pa.RecordBatch]:
        while (batch := _next(stream, text)) is not None:
            columns = [_as(batch.column(batch.schema.get_field_index(f.name)), f.type) for f in target]
            yield pa.RecordBatch.from_arrays(columns, schema=target)

    return pa.RecordBatchReader.from_batches(target, batches())


def _next(stream: Any, text: str) -> Any:
    with library(lambda problem: reading_fault(problem, text)):
        try:
            return stream.read_next_batch()
        except StopIteration:
            return None


def _as(column: Any, wanted: Any) -> Any:
    """Return a column in the wanted type; zoneless times of the library are UTC."""
    return column if column.type == wanted else column.cast(wanted)
