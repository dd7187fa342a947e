"""Owns the stream between a stage's query and its destination: progress, cancelling, the last check.

Whatever consumes it commits only when the stream ends by itself, so everything that must
hold before a commit is checked where it ends: that nobody cancelled, that files without
versions are still what was planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from .cancel import Cancel
from .progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa


class Watched:
    """Batches of one stage on their way; iterate once.

    Args:
        name: the stage.
        batches: where they come from.
        progress: hears of every batch.
        cancel: the run's token; once it is set the stream raises `Cancelled`, and never ends well.
        last: checked when the batches have ended; what it raises is the stream's failure.
        preview: how many first rows are kept to be looked at.
        width: how many first columns are the stage's own, None for all.
    """

    def __init__(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        progress: Progress,
        cancel: Cancel,
        last: Callable[[], None],
        preview: int = 0,
        width: int | None = None,
    ) -> None:
        """Wrap the batches; nothing is pulled yet."""
        self._name, self._batches, self._progress, self._cancel, self._last = name, batches, progress, cancel, last
        self._preview, self._width = preview, width
        self._first: list[pa.RecordBatch] = []
        self.rows = 0
        self.bytes = 0
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; `failure` keeps what was raised, since consumers behind C make other errors of it."""
        try:
            for batch in self._batches:
                self._cancel.check()
                if self.rows < self._preview:
                    self._first.append(batch.slice(0, self._preview - self.rows))
                self.rows, self.bytes = self.rows + batch.num_rows, self.bytes + batch.nbytes
                self._progress.on_rows(self._name, self.rows, self.bytes)
                yield batch
            self._cancel.check()
            self._last()
        except GeneratorExit:
            raise
        except BaseException as raised:
            self.failure = raised
            raise

    def preview(self) -> tuple[dict[str, str], ...]:
        """Return the first rows, each value as text by column."""
        from .cells import as_texts

        rows: list[dict[str, str]] = []
        for batch in self._first:
            cells = [as_texts(column, "NULL") for column in batch.columns[: self._width]]
            rows += [dict(zip(batch.schema.names[: self._width], row, strict=True)) for row in zip(*cells, strict=True)]
        return tuple(rows)
