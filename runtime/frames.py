"""Owns frames that Python registers: tables in memory under names, as sources of kind `memory`.

In: anything that speaks Arrow. Out: `Frames`, and `FrameLake`, the lake that also pins and
hands out frames; their identity is schema, rows and content, never an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from ..dialect.diagnostics import did_you_mean, error
from ..dialect.types import Schema
from ..planner.ports import Cut, FileSelection, PinnedSource, SourceRef
from ..planner.predicates import FirstRows, Predicate
from .engine.arrow_types import arrow_schema
from .engine.arrow_types import schema as schema_of
from .lake import DeltaLake
from .struct_nulls import settle


@dataclass(frozen=True, eq=False)
class Frame:
    """One table in memory."""

    table: pa.Table

    @cached_property
    def schema(self) -> Schema:
        """Return its columns in treadle's types."""
        return schema_of(self.table.schema)

    @cached_property
    def digest(self) -> str:
        """Return a digest of schema and rows, the same however the table is cut into batches; reads all of it once."""
        hasher = hashlib.blake2b(digest_size=16)
        whole = self.table.combine_chunks()
        with pa.ipc.new_stream(_HashSink(hasher), whole.schema) as writer:
            writer.write_table(whole)
        return hasher.hexdigest()


class _HashSink:
    """A file that hashes what is written to it."""

    closed = False

    def __init__(self, hasher: hashlib.blake2b) -> None:
        self._hasher = hasher

    def write(self, data: bytes) -> int:
        self._hasher.update(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing to keep."""

    def close(self) -> None:
        """Do nothing: there is nothing to keep."""


Frames = Mapping[str, Frame]
LIBRARIES = {"pandas", "polars"}


def as_frame(obj: object) -> Frame:
    """Return what Python holds as a frame; readers are read to their end. Raises T7021, T6063.

    Args:
        obj: a pyarrow table, batch, reader or dataset, a pandas or polars frame, a mapping of
            columns, or any object with `__arrow_c_stream__` or `__arrow_c_array__`.
    """
    try:
        return Frame(_in_own_layout(_to_table(obj)))
    except (pa.ArrowException, TypeError, ValueError) as reason:
        cause = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
        raise error("T7021", f"a `{type(obj).__name__}` can't be registered as a table", cause=cause) from reason


def is_frame(obj: object) -> bool:
    """Say whether `as_frame` would take an object, without reading any of it; mappings and readers don't count."""
    speaks = hasattr(obj, "__arrow_c_stream__") or hasattr(obj, "__arrow_c_array__") or hasattr(obj, "to_arrow")
    home = type(obj).__module__.partition(".")[0]
    return not isinstance(obj, type | pa.RecordBatchReader) and (speaks or home in LIBRARIES)


def _in_own_layout(table: pa.Table) -> pa.Table:
    """Return a table in the layouts that plans expect: plain texts, no dictionaries, nothing under null structs."""
    table = _plain_categories(table)
    wanted = arrow_schema(schema_of(table.schema))
    return settle(table if table.schema.equals(wanted) else table.cast(wanted))


def _plain_categories(table: pa.Table) -> pa.Table:
    """Return a table with texts in place of polars' categories, which hold views that pyarrow can't look up."""
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and field.type.value_type == pa.string_view():
            chunks = [chunk.dictionary.cast(pa.string()).take(chunk.indices) for chunk in table.column(at).chunks]
            table = table.set_column(at, field.name, pa.chunked_array(chunks, pa.string()))
    return table


def _to_table(obj: object) -> pa.Table:
    if isinstance(obj, pa.Table):
        return obj
    if isinstance(obj, pa.RecordBatchReader):
        return obj.read_all()
    home, kind = type(obj).__module__.partition(".")[0], type(obj).__name__
    if home == "pandas" and kind == "DataFrame":
        return pa.Table.from_pandas(obj, preserve_index=False)  # an index is no column, as DuckDB has it too
    if home == "polars" and kind == "LazyFrame":
        obj = obj.collect()  # type: ignore[attr-defined]
    if hasattr(obj, "__arrow_c_stream__") or hasattr(obj, "__arrow_c_array__") or isinstance(obj, dict):
        return pa.table(obj)
    if hasattr(obj, "to_arrow"):
        return pa.table(obj.to_arrow())
    if hasattr(obj, "to_table"):
        return pa.table(obj.to_table())
    raise TypeError("it does not speak Arrow")


class FrameLake(DeltaLake):
    """The lake of a project or connection, with the frames that Python registered."""

    def __init__(self, root: Path, frames: Frames, *, safe: bool = False) -> None:
        """Look frames up in this mapping, which may grow; `safe` as for `DeltaLake`."""
        super().__init__(root, safe=safe)
        self.frames = frames

    def frame(self, name: str) -> Frame:
        """Return a registered frame; raises T7026 when it is gone."""
        if name not in self.frames:
            help_line = did_you_mean(name, self.frames) or "`.register(name, table)` first"
            raise error("T7026", f"no table is registered as `{name}`", help=help_line)
        return self.frames[name]

    def pinned_frame(self, pin: PinnedSource) -> Frame:
        """Return the frame that was pinned; raises T7026 when it is gone or another one has its name."""
        found = self.frame(pin.ref.location)
        if found.digest != pin.files_digest:
            message = f"`{pin.ref.location}` was registered anew since this was planned"
            raise error("T7026", message, help="plan again, or keep one name per table")
        return found

    def schema(self, ref: SourceRef) -> Schema:
        """Return the logical schema of a source as of now."""
        return self.frame(ref.location).schema if ref.kind == "memory" else super().schema(ref)

    def cut(self, refs: Sequence[SourceRef]) -> Cut:
        """Pin all sources at one instant; frames don't move."""
        found = super().cut([ref for ref in refs if ref.kind != "memory"])
        rest = iter(found.pins)
        return replace(found, pins=tuple(self._pin_frame(ref) if ref.kind == "memory" else next(rest) for ref in refs))

    def select(
        self, pin: PinnedSource, columns: tuple[str, ...] | None, predicate: Predicate | None, first: FirstRows | None = None
    ) -> FileSelection:
        """Return the files of a pinned source; a frame has none."""
        if pin.ref.kind == "memory":
            return FileSelection("memory", 0, 0, ())
        return super().select(pin, columns, predicate, first)

    def require_unchanged(self, pins: Sequence[PinnedSource]) -> None:
        """Raise T4015 when files without versions changed, T7026 when a frame was replaced by another one."""
        super().require_unchanged([pin for pin in pins if pin.ref.kind != "memory"])
        for pin in pins:
            if pin.ref.kind == "memory":
                self.pinned_frame(pin)

    def _pin_frame(self, ref: SourceRef) -> PinnedSource:
        frame = self.frame(ref.location)
        return PinnedSource(ref, frame.schema, files_digest=frame.digest, byte_count=frame.table.nbytes, row_count=frame.table.num_rows)
