"""Owns the calls of one Python function in one stage: nulls, checks of what comes back, counts, errors with their places.

In: arrays from the engine, one batch or partition at a time, on threads of the engine's. Out: an array of
exactly the declared type and length. What goes wrong is kept by `StageCalls` as one diagnostic,
since the engine makes words of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.diagnostics import TreadleError
from ...dialect.types import DataType
from ...planner.bundle import PythonCall
from ...planner.ports import EngineRefusal
from ..cancel import Cancel, Cancelled
from ..engine.arrow_types import arrow_type
from ..receipt import FunctionReceipt
from .guard import running
from .outcome import Unfit, by_row, checked, made
from .tell import raised, unfit

if TYPE_CHECKING:
    from ..engine.user_functions import Switch

Array: TypeAlias = "pa.Array[Any]"


@dataclass(frozen=True, slots=True)
class Callee:
    """A Python function, ready to be called.

    Args:
        call: where it is called in SQL, and its declaration.
        work: the function itself.
        vectorized: whether it takes arrays; else it is called once for each row.
        types: declared types of its arguments.
        returns: declared type of its results.
        path: how an aggregate or window is called, for people: `vectorised over groups`; else empty.
        run: takes arrays as they come from the engine in place of `work`, for aggregates.
        lists: which arguments of a window function are lists of Python objects; none said: all are arrays.
    """

    call: PythonCall
    work: Callable[..., object]
    vectorized: bool
    types: tuple[DataType, ...]
    returns: DataType
    path: str = ""
    run: Callable[..., Array] | None = None
    lists: tuple[bool, ...] = ()

    @property
    def name(self) -> str:
        """Return the function's name in SQL."""
        return self.call.function.name

    @property
    def strict(self) -> bool:
        """Say whether rows with a null argument give null without a call."""
        return self.call.function.python is not None and self.call.function.python.strict


@dataclass(slots=True)
class _Count:
    calls: int = 0
    rows: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class StageCalls:
    """What Python functions did in one stage: counts, and the first failure. Safe to use from threads.

    Args:
        cancel: the run's token; once it is set, functions are not called any more.
        switch: on once the stage's plan is made.
    """

    cancel: Cancel
    switch: Switch
    failure: TreadleError | None = None
    _counts: dict[tuple[str, str], _Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def receipts(self) -> tuple[FunctionReceipt, ...]:
        """Return the counts by function, in the order of names."""
        with self._lock:
            return tuple(
                FunctionReceipt(name=name, calls=one.calls, rows=one.rows, seconds=round(one.seconds, 6), aggregate_path=path)
                for (name, path), one in sorted(self._counts.items())
            )

    def expect(self, callee: Callee) -> None:
        """Count a function, though it may never be called."""
        self._counts.setdefault((callee.name, callee.path), _Count())

    def count(self, callee: Callee, rows: int, seconds: float) -> None:
        """Count one call."""
        with self._lock:
            one = self._counts.setdefault((callee.name, callee.path), _Count())
            one.calls, one.rows, one.seconds = one.calls + 1, one.rows + rows, one.seconds + seconds

    def fail(self, problem: TreadleError) -> TreadleError:
        """Keep the first failure, and return it."""
        with self._lock:
            self.failure = self.failure or problem
            return problem

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raise a function's failure as itself, in place of what the engine makes of it."""
        try:
            yield
        except EngineRefusal:
            if self.cancel.requested:
                raise Cancelled("the run was cancelled") from None
            if self.failure is not None:
                raise self.failure from self.failure.__cause__
            raise

    def watched(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a stage; failures as `told`."""
        with self.told():
            yield from batches


def caller(callee: Callee, calls: StageCalls) -> Callable[..., Array]:
    """Return what the engine calls for a function."""
    calls.expect(callee)

    def call(*arrays: Array) -> Array:
        calls.switch.require_on()
        calls.cancel.check()
        if calls.failure is not None:
            raise calls.failure  # another thread failed: the run is over, no need to go on
        began, rows = time.perf_counter(), 0
        try:
            found = _result(callee, arrays, calls.cancel)
            rows = len(found.flatten()) if callee.call.function.flavour == "table" else len(found)
            return found
        except TreadleError as problem:
            raise calls.fail(problem) from problem.__cause__
        finally:
            calls.count(callee, rows, time.perf_counter() - began)

    return call


def _plain(array: Array, kind: DataType) -> Array:
    wanted = arrow_type(kind)
    return array if array.type.equals(wanted) else array.cast(wanted)


def _result(callee: Callee, arrays: tuple[Array, ...], cancel: Cancel) -> Array:
    rows, run = len(arrays[0]), callee.run
    if not rows:
        return pa.nulls(0, arrow_type(callee.returns))
    if run is not None:
        return _told(callee, arrays, cancel, lambda: run(*arrays))
    given = tuple(_plain(array, kind) for array, kind in zip(arrays, callee.types, strict=False))
    if not callee.strict or not any(array.null_count for array in given):
        return _called(callee, given, rows, cancel)
    valid = pc.is_valid(given[0])
    for array in given[1:]:
        valid = pc.and_(valid, pc.is_valid(array))
    count = pc.sum(valid).as_py()
    if not count:
        return pa.nulls(rows, arrow_type(callee.returns))
    found = _called(callee, tuple(array.filter(valid) for array in given), count, cancel)
    places = pc.subtract(pc.cumulative_sum(pc.cast(valid, pa.int64())), 1)
    return found.take(pc.if_else(valid, places, None))


def _called(callee: Callee, given: tuple[Array, ...], rows: int, cancel: Cancel) -> Array:
    """Call the function once for all rows, or once for each; raises `TreadleError` for whatever is wrong with it."""
    if callee.vectorized:
        return _told(callee, given, cancel, lambda: _of_all(callee, given, rows))
    return _told(callee, given, cancel, lambda: by_row(callee.work, given, rows, callee.returns, cancel))


def _of_all(callee: Callee, given: tuple[Array, ...], rows: int) -> Array:
    """Return what a function gives for all rows at once; a window function may take and give lists."""
    lists = callee.lists or (False,) * len(given)
    passed = [one.to_pylist() if listed else one for one, listed in zip(given, lists, strict=True)]
    found = callee.work(*passed) if given else callee.work(rows)
    if isinstance(found, list) and callee.call.function.flavour == "window":
        found = made(found, callee.returns)
    return checked(found, rows, callee.returns)


def _told(callee: Callee, given: tuple[Array, ...], cancel: Cancel, run: Callable[[], Array]) -> Array:
    """Return what a function gives; raises `TreadleError` for whatever is wrong with it."""
    try:
        with running(callee.name):
            return run()
    except Cancelled:
        raise
    except ValueError as problem:
        if not isinstance(problem, Unfit):
            raise raised(callee.call, callee.work, problem, has_nulls(given)) from problem
        raise unfit(callee.call, callee.work, problem) from problem.__cause__
    except KeyboardInterrupt:
        cancel.cancel()
        raise Cancelled("a Python function was interrupted") from None
    except BaseException as problem:  # whatever a user's code raises, SystemExit too
        raise raised(callee.call, callee.work, problem, has_nulls(given)) from problem


def has_nulls(given: tuple[Array, ...]) -> bool:
    """Say whether an argument has a null."""
    return any(array.null_count for array in given)
