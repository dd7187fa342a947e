"""Owns the pump: a stream is pulled in a thread of its own, and handed to the library batch by batch.

The library pulls its source from one of its own threads, where a call into it or into the
engine panics; and a source that hangs would hang the library with it.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ..cancel import GRACE_SECONDS, POLL_SECONDS

if TYPE_CHECKING:
    import pyarrow as pa

DEPTH = 2
"""Batches held between the two threads."""


class _End:
    """What ends a stream: nothing, or what it raised."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def pumped(batches: Iterable[pa.RecordBatch], check: Callable[[], None]) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a stream that is pulled elsewhere; raises what it raises, or what `check` does.

    Args:
        batches: the stream; after an early end its thread stops at the next batch.
        check: called before every batch and while waiting for one; raises to end the stream.
    """
    held: queue.Queue[pa.RecordBatch | _End] = queue.Queue(DEPTH)
    stopped = threading.Event()
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_pull, batches, held, stopped), name="pump", daemon=True)
    thread.start()
    try:
        while True:
            check()
            try:
                one = held.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(one, _End):
                if one.error is not None:
                    raise one.error
                return
            yield one
    finally:
        stopped.set()
        thread.join(GRACE_SECONDS / 2)  # a thread in native code when the process ends would take it down


def _pull(batches: Iterable[pa.RecordBatch], held: queue.Queue[pa.RecordBatch | _End], stopped: threading.Event) -> None:
    end = _End(None)
    try:
        for batch in batches:
            if not _put(batch, held, stopped):
                return
    except BaseException as problem:  # panics of the engine are no Exceptions; the other thread raises it
        end = _End(problem)
    _put(end, held, stopped)


def _put(one: pa.RecordBatch | _End, held: queue.Queue[pa.RecordBatch | _End], stopped: threading.Event) -> bool:
    """Hand one on; return False when nobody takes it any more."""
    while not stopped.is_set():
        try:
            held.put(one, timeout=POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
