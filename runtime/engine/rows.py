"""Owns rows that treadle holds itself as relations: batches in memory, and Arrow files beyond a budget."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from datafusion.catalog import Table

from ...dialect.types import Schema
from ..session import Session
from .arrow_types import arrow_schema
from .errors import refusals


def register_batches(session: Session, name: str, columns: Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Make rows in memory readable under a name, in place of an older relation; batches are spread over partitions."""
    arrow = arrow_schema(columns)
    conformed = [conform(batch, arrow) for batch in batches]
    spread = max(1, min(session.profile.threads, len(conformed)))
    partitions = [conformed[i::spread] for i in range(spread)]
    if not conformed:
        partitions = [[pa.RecordBatch.from_pylist([], schema=arrow)]]
    private = session.qualified(session.private("rows"))
    with refusals("plan"):
        session.context.register_record_batches(private, partitions)
        table: Table = session.context.table_provider(private)
        session.context.deregister_table(private)
    session.register(name, table)


def register_arrow_file(session: Session, name: str, columns: Schema, path: Path) -> None:
    """Make the rows of one Arrow file (the file format, not the stream) readable under a name."""
    private = session.qualified(session.private("rows"))
    with refusals("plan"):
        session.context.register_arrow(private, str(path), schema=arrow_schema(columns), file_extension=path.suffix)
        table: Table = session.context.table_provider(private)
        session.context.deregister_table(private)
    session.register(name, table)


def conform(batch: pa.RecordBatch, columns: pa.Schema) -> pa.RecordBatch:
    """Return the batch under a schema of the same columns: relabelled where layouts agree, cast where they don't.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit, which is never rounded away.
    """
    if batch.schema.equals(columns):
        return batch
    arrays = [_cast(array, field.type) for array, field in zip(batch.columns, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type.equals(kind):
        return array
    # pyarrow has no way from a dictionary straight to a view.
    plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    return plain.cast(kind)
