"""Owns relations that the Delta library reads: its table provider, its own scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ...dialect.types import Schema
from ...planner.ports import PinnedSource
from ..lake.read import library_batches
from ..session import Session
from .arrow_types import arrow_type
from .errors import refusals
from .rows import register_stream


def provider(session: Session, name: str, columns: Schema, pin: PinnedSource) -> str:
    """Make a table readable through the library's provider, at its pinned version; return how, for people."""
    with refusals("execute"):
        session.register(name, _provided(pin))
    return "the library's provider"


def _provided(pin: PinnedSource) -> Any:
    """Return the library's table, which the engine takes as a provider of its own kind."""
    from deltalake import DeltaTable

    return DeltaTable(pin.ref.location, version=pin.version)


def rows_of_library(session: Session, name: str, columns: Schema, read: Sequence[str], pin: PinnedSource) -> str:
    """Make the wanted columns of a table readable as the library's own scan gives them; others are null."""
    _fill(session, name, columns, read, library_batches(pin, _wanted(columns, read)))
    return "the library's scan"


def _wanted(columns: Schema, read: Sequence[str]) -> tuple[str, ...]:
    """Return the columns to read, in the relation's order; at least one, so that rows are counted."""
    found = tuple(column for column in columns.names if column in read)
    return found or columns.names[-1:]


def _fill(session: Session, name: str, columns: Schema, read: Sequence[str], reader: pa.RecordBatchReader) -> None:
    register_stream(session, name, _nullable(columns, _wanted(columns, read)), _complete(reader, columns))


def _nullable(columns: Schema, wanted: Sequence[str]) -> Schema:
    """Return the columns with those that are not read allowed to be null, since they are."""
    return Schema(tuple(f if f.name in wanted else replace(f, nullable=True) for f in columns))


def _complete(reader: pa.RecordBatchReader, columns: Schema) -> Iterator[pa.RecordBatch]:
    """Yield batches with all columns of the relation, nulls for those that were not read."""
    for batch in reader:
        there = {field.name: batch.column(i) for i, field in enumerate(batch.schema)}
        arrays = [there[f.name] if f.name in there else pa.nulls(batch.num_rows, arrow_type(f.type)) for f in columns]
        yield pa.RecordBatch.from_arrays(arrays, names=list(columns.names))
