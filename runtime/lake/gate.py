"""Owns the gate before a commit: after a cancel nobody passes, and who has passed is waited for."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ..cancel import GRACE_SECONDS, POLL_SECONDS, Cancelled

T = TypeVar("T")


class Gate:
    """Stands between the last row and the commit; thread-safe.

    The library neither looks at signals nor can be stopped, and commits at its end. So
    whoever commits must `enter` first, which a cancel forbids; one that came too late is
    a cancel after the commit.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        """Start open; `cancelled` says whether the run was asked to stop."""
        self._asked = cancelled
        self._lock = threading.Lock()
        self._closed = False
        self._interrupted = False
        self.entered = False

    @property
    def asked(self) -> bool:
        """Say whether somebody asked to stop."""
        return self._interrupted or self._asked()

    def interrupt(self) -> None:
        """Ask to stop: Ctrl-C came while the work was waited for."""
        self._interrupted = True

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop."""
        if self._closed or self.asked:
            raise Cancelled("the run was cancelled")

    def close(self) -> bool:
        """Let nobody pass any more; return False if the commit has begun already."""
        with self._lock:
            self._closed = not self.entered
            return self._closed

    def enter(self) -> None:
        """Pass for good, right before the commit; raises `Cancelled`."""
        with self._lock:
            self.check()
            self.entered = True


class _Work(threading.Thread, Generic[T]):
    """A daemon thread that keeps what its work came to."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._work, self._context = work, contextvars.copy_context()
        self.value: T | None = None
        self.error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        """Do the work; panics of the library are no `Exception`s, and are raised again in the caller."""
        try:
            self.value = self._context.run(self._work)
        except BaseException as problem:
            self.error = problem
        finally:
            self.done.set()


def pass_gate(work: Callable[[], T], gate: Gate, name: str) -> T:
    """Run work that commits in a thread of its own and return its result; Ctrl-C closes the gate.

    Raises what the work raised, or `Cancelled`: at once when the work ends, and after a
    grace period when it doesn't, in which case it can't commit any more.
    """
    thread = _Work(work, name)
    thread.start()
    deadline = float("inf")
    while not thread.done.is_set():
        try:
            thread.done.wait(POLL_SECONDS)
            if deadline == float("inf") and gate.asked and gate.close():
                deadline = time.monotonic() + GRACE_SECONDS
        except KeyboardInterrupt:
            gate.interrupt()
        if time.monotonic() > deadline:
            raise Cancelled(f"`{name}` was left behind")
    if thread.error is not None:
        raise thread.error
    return thread.value  # type: ignore[return-value]
