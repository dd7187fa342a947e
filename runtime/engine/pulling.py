"""Owns `Pulling`: the partitions of a plan, pulled all at once; their batches go from the engine's threads straight into a queue.

The engine gives a batch as a future of the event loop that runs in the asking thread, and sets it from a thread of its own.
An event loop for that would be one more thread, and batches would change threads four times: for small queries that took
as long as the engine. So what stands in for the loop while a batch is asked for calls back at once, in the engine's thread.
"""

from __future__ import annotations

import queue
import weakref
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from datafusion import ExecutionPlan, SessionContext

from ...planner.ports import EngineRefusal
from ..cancel import Cancelled
from .errors import refusal, refusals

AHEAD = 2  # batches of each partition that may be made or wait for the consumer


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the engine gave it, and what to call once the consumer has taken it."""

    made: Any
    taken: Callable[[], object]

    def to_pyarrow(self) -> pa.RecordBatch:
        """Return it as pyarrow has it, the same memory."""
        return self.made.to_pyarrow()


@dataclass(frozen=True, slots=True)
class End:
    """The last word: nothing, or what went wrong."""

    error: BaseException | None


Told = Callable[[Any, BaseException | None], object]


class _Future:
    """What the engine sets: it has of `asyncio.Future` what the engine asks for."""

    __slots__ = ("__weakref__", "_callbacks", "_cancelled", "_told")

    def __init__(self, told: Told) -> None:
        self._told, self._cancelled = told, False
        self._callbacks: list[Callable[[_Future], object]] = []

    def add_done_callback(self, callback: Callable[[_Future], object], *, context: object = None) -> None:
        """Take what is to be called when it is cancelled: with it the engine stops making the batch."""
        self._callbacks.append(callback)
        if self._cancelled:
            callback(self)

    def cancelled(self) -> bool:
        """Say whether nobody waits any more."""
        return self._cancelled

    def cancel(self) -> None:
        """Stop waiting."""
        self._cancelled = True
        for callback in self._callbacks:
            callback(self)

    def set_result(self, result: object) -> None:
        """Take the batch."""
        self._told(result, None)

    def set_exception(self, failure: BaseException) -> None:
        """Take what came instead of a batch."""
        self._told(None, failure)


class _Loop:
    """What the engine takes for the running event loop while it is asked for one batch."""

    __slots__ = ("_made",)

    def __init__(self, made: Callable[[], _Future]) -> None:
        self._made = made

    def create_future(self) -> _Future:
        """Return the future that the engine will set."""
        return self._made()

    def call_soon_threadsafe(self, callback: Callable[..., object], *arguments: object, context: object = None) -> None:
        """Call the engine's function that sets a future, here and now."""
        callback(*arguments)


class Pulling:
    """The partitions of one plan while they are pulled.

    Partitions must be pulled together: filters that joins build at run time wait for all of them. Nothing here locks, for
    Ctrl-C may come between any two steps: a partition's turn to ask, and its free places, are taken out of queues.
    """

    def __init__(self, context: SessionContext, plan: ExecutionPlan, out: queue.SimpleQueue[Batch | End]) -> None:
        """Prepare; nothing runs before `start`."""
        self._context, self._plan, self._out = context, plan, out
        self._streams: list[Any] = []
        self._turns = [deque([True]) for _ in range(plan.partition_count)]
        self._places = [deque([True] * AHEAD) for _ in range(plan.partition_count)]
        self._asked: list[_Future | None] = [None] * plan.partition_count
        self._ended: list[int] = []
        self._stopped = False
        self.waiting: weakref.WeakSet[_Future] = weakref.WeakSet()
        """Futures that the engine holds; none when it has let go of the plan."""

    def start(self) -> None:
        """Ask every partition for its first batch; raises `EngineRefusal`."""
        with refusals("execute"):
            self._streams = [self._context.execute(self._plan, at).rbs for at in range(len(self._turns))]
        for at in range(len(self._turns)):
            self._go_on(at)
        if not self._turns:
            self._out.put(End(None))

    def stop(self) -> None:
        """Drop all streams, wherever they are; safe from any thread, also after the end."""
        if self._stopped or len(self._ended) == len(self._turns):
            return
        self._stopped = True
        for one in self._asked:
            if one is not None:
                one.cancel()
        self._streams, self._asked = [], [None] * len(self._turns)
        self._out.put(End(Cancelled("the execution was cancelled")))

    def _go_on(self, at: int) -> None:
        """Ask a partition for a batch, if nobody does and there is a place for it."""
        while not self._stopped and self._places[at]:
            try:
                turn = self._turns[at].pop()
            except IndexError:
                return
            try:
                self._places[at].pop()
            except IndexError:
                self._turns[at].append(turn)  # and look again, for a place may have come free meanwhile
                continue
            self._ask(at)
            return

    def _ask(self, at: int) -> None:
        streams = self._streams
        if self._stopped or not streams:
            return
        before = _get_running_loop()
        try:
            _set_running_loop(_Loop(lambda: self._future(at)))  # type: ignore[arg-type]
            streams[at].__anext__()
        except Exception as refused:
            self._fail(refused)
        finally:
            _set_running_loop(before)

    def _future(self, at: int) -> _Future:
        made = _Future(lambda batch, failure: self._told(at, batch, failure))
        self.waiting.add(made)
        self._asked[at] = made
        if self._stopped:
            made.cancel()
            self._asked[at] = None
        return made

    def _told(self, at: int, batch: Any, failure: BaseException | None) -> None:
        """Take what a partition came to; called in the engine's threads."""
        self._asked[at] = None
        if isinstance(failure, StopAsyncIteration):
            self._ended.append(at)
            if len(self._ended) == len(self._turns):
                self._out.put(End(None))
        elif failure is not None:
            self._fail(failure)
        else:
            self._out.put(Batch(batch, lambda: self._free(at)))
            self._turns[at].append(True)
            self._go_on(at)

    def _free(self, at: int) -> None:
        self._places[at].append(True)
        self._go_on(at)

    def _fail(self, failure: BaseException) -> None:
        """End with an error; the first one counts, and stops the other partitions."""
        self._out.put(End(failure if isinstance(failure, EngineRefusal) else refusal(failure, "execute")))
        self.stop()
