"""Owns the rows of shared stages: in memory within one budget for the whole run, in Arrow files beyond it.

In: the stream of a view that several others read. Out: `SharedRows`, which are registered as
a relation of every later stage that reads the view. The files lie in a folder of the run's
own, which goes when the run ends, however it ends. Arrow files and not Parquet, since Parquet
has no intervals, no empty structs and no timestamps in whole seconds: the answer must not
depend on where rows were kept.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialect.diagnostics import error
from ..dialect.types import Schema
from .store import prepare_folder

if TYPE_CHECKING:
    import pyarrow as pa

TEMPORARY = "tmp"
COMPRESSION = "lz4"


@dataclass(frozen=True, slots=True)
class SharedRows:
    """The rows of one shared stage: `batches`, or `file` when they outgrew the budget; the other is empty.

    `rows` and `bytes` are what the stage produced, bytes as they lay in memory.
    """

    schema: pa.Schema
    batches: tuple[pa.RecordBatch, ...]
    file: Path | None
    rows: int
    bytes: int


class SharedStore:
    """Keeps the rows of a run's shared stages until `close`.

    Args:
        folder: the project's private folder; files go below it, in a folder of the run's own.
            Without one the system's folder for temporary files serves.
        budget: bytes that all shared stages of the run may keep in memory together.
    """

    def __init__(self, folder: Path | None, budget: int) -> None:
        """Start empty; nothing is made on disk until it is needed."""
        self._folder, self._left = folder, budget
        self._own: Path | None = None
        self._lock = threading.Lock()

    def keep(self, name: str, columns: Schema, batches: Iterator[pa.RecordBatch]) -> SharedRows:
        """Read a stream to its end and keep its rows. Raises `TreadleError` T6046 when the disk won't take them.

        Args:
            name: the stage, for messages.
            columns: its columns; rows are kept in the layouts in which relations are registered.
            batches: its rows.
        """
        from .engine.arrow_types import arrow_schema
        from .engine.rows import conform

        held: list[pa.RecordBatch] = []
        size = rows = 0
        schema = arrow_schema(columns)
        batches = (conform(batch, schema) for batch in batches)
        for batch in batches:
            held.append(batch)
            size, rows = size + batch.nbytes, rows + batch.num_rows
            if size > self._left:
                return self._to_disk(name, schema, held, batches)
        with self._lock:
            self._left -= size
        return SharedRows(schema, tuple(held), None, rows, size)

    def close(self) -> None:
        """Remove the run's files; what can't be removed stays in the private folder."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)

    def _to_disk(self, name: str, schema: pa.Schema, held: list[pa.RecordBatch], rest: Iterator[pa.RecordBatch]) -> SharedRows:
        import pyarrow as pa

        try:
            path = self._path()
            with pa.ipc.new_file(path, schema, options=pa.ipc.IpcWriteOptions(compression=COMPRESSION)) as writer:
                rows, size = _write(writer, held, rest)
        except OSError as problem:
            message = f"the rows of `{name}` could not be kept on disk"
            raise error("T6046", message, cause=str(problem)) from problem
        return SharedRows(schema, (), path, rows, size)

    def _path(self) -> Path:
        with self._lock:
            if self._own is None:
                self._own = Path(tempfile.mkdtemp(prefix="treadle-run-", dir=self._place()))
            return self._own / f"{len(tuple(self._own.iterdir()))}.arrow"

    def _place(self) -> Path | None:
        if self._folder is None:
            return None
        prepare_folder(self._folder)
        temporary = self._folder / TEMPORARY
        temporary.mkdir(exist_ok=True)
        return temporary


def _write(writer: pa.ipc.RecordBatchFileWriter, held: list[pa.RecordBatch], rest: Iterator[pa.RecordBatch]) -> tuple[int, int]:
    """Write what was held, letting go of each batch, and what still comes; returns rows and bytes."""
    size = rows = 0
    for batch in _released(held, rest):
        writer.write_batch(batch)
        size, rows = size + batch.nbytes, rows + batch.num_rows
    return rows, size


def _released(held: list[pa.RecordBatch], rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while held:
        yield held.pop(0)
    yield from rest
