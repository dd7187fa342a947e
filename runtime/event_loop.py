"""Owns `EventLoop`: one thread in which the partitions of all running plans of a session wait for their batches.

Starting a thread and a loop for every query costs more than a small query takes.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that takes no offence when the engine reports something after its end.

    What was cancelled inside the engine may finish all the same, and tells the loop; a closed
    loop would raise, and the engine would print the traceback.
    """

    def call_soon_threadsafe(self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None) -> asyncio.Handle:
        """Schedule a call from any thread; after the end, return a handle that never runs."""
        try:
            return super().call_soon_threadsafe(callback, *args, context=context)
        except RuntimeError:
            return asyncio.Handle(callback, args, self, context)


class EventLoop:
    """A running loop; it ends when nobody holds it any more. A process that was forked off needs one of its own: see `here`."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = _Loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._process = os.getpid()
        self._thread = threading.Thread(target=_run, args=(self._loop,), name="treadle-execution", daemon=True)
        self._thread.start()
        weakref.finalize(self, _stop, self._loop)

    @property
    def here(self) -> bool:
        """Say whether the loop runs in this process: threads don't survive a fork."""
        return self._process == os.getpid()

    @property
    def inside(self) -> bool:
        """Say whether the caller is in the loop's own thread."""
        return threading.current_thread() is self._thread

    def call(self, callback: Callable[[], object]) -> None:
        """Call something in the loop's thread, soon; safe from any thread."""
        self._loop.call_soon_threadsafe(callback)

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Start a coroutine, which tells of its end itself; safe from any thread."""
        loop, tasks = self._loop, self._tasks

        def begin() -> None:
            task = loop.create_task(work)
            tasks.add(task)  # loops hold tasks only weakly
            task.add_done_callback(tasks.discard)

        self._loop.call_soon_threadsafe(begin)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon_threadsafe(loop.stop)
