"""Owns `ResultStream`: the rows of an output that is handed out, computed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ..dialect.diagnostics import Bug

if TYPE_CHECKING:
    import pyarrow as pa


class ResultStream:
    """Rows of one output; iterate once, or take the `reader`. Nothing runs before the first batch is asked for.

    Args:
        view: the view whose rows they are.
        schema: the schema of every batch.
        batches: starts the work; its batches raise `TreadleError` or `Cancelled`.
        closed: called once, when no more rows will be read.
    """

    def __init__(self, view: str, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]], closed: Callable[[], None]) -> None:
        """Keep how to start; start nothing."""
        self.view = view
        self.schema = schema
        self._start, self._closed = batches, closed
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._ended = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; leaving the iteration early stops the work."""
        if self._batches is not None or self._ended:
            raise Bug(f"the rows of `{self.view}` can be read once")
        self._batches = self._start()
        try:
            yield from self._batches
        finally:
            self.close()

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as a reader, for whatever takes Arrow streams."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def close(self) -> None:
        """Stop the work if it still goes on, and let the run end; repeats do nothing."""
        if self._ended:
            return
        self._ended = True
        batches = self._batches
        if batches is not None and hasattr(batches, "close"):
            batches.close()
        self._closed()

    def __enter__(self) -> ResultStream:
        """Return the stream."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()
