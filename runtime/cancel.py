"""Owns cancelling a run: the token `Cancel`, Ctrl-C (`interruptible`), and waiting that stays wakeable.

The engine and the table library don't look at signals while they work, and Python runs its
signal handlers in the main thread only. So whatever may take long runs in a thread of its own
(`wakeably`), while the thread that asked for it waits in Python and hears of both.
"""

from __future__ import annotations

import contextvars
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05
GRACE_SECONDS = 0.7


class Cancelled(Exception):
    """The run was asked to stop; not an error of the input, so not a `TreadleError`."""


class Cancel:
    """A token that asks a run to stop; set once, never unset; safe to share between threads."""

    def __init__(self) -> None:
        """Start unset."""
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the run to stop; may be called more than once, from any thread or signal handler."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Say whether the run was asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop."""
        if self._event.is_set():
            raise Cancelled("the run was cancelled")

    def wait(self, seconds: float) -> bool:
        """Wait at most so many seconds for the request; return whether it is there."""
        return self._event.wait(seconds)


@contextmanager
def interruptible(cancel: Cancel | None = None) -> Iterator[Cancel]:
    """Yield a token that the first Ctrl-C sets; the second one raises `KeyboardInterrupt`.

    Signal handlers belong to the main thread: in any other this only yields the token. The
    handler that was there before is back afterwards, and takes the second Ctrl-C.
    """
    token = cancel or Cancel()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return
    before = signal.getsignal(signal.SIGINT)

    def first(number: int, frame: FrameType | None) -> None:
        token.cancel()
        signal.signal(signal.SIGINT, before if callable(before) else signal.default_int_handler)

    signal.signal(signal.SIGINT, first)
    try:
        yield token
    finally:
        # None: a handler that was not installed from Python, and can't be put back from it.
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


class _Outcome:
    """What a thread's work came to: a value or whatever it raised."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: object = None
        self.error: BaseException | None = None


def wakeably(work: Callable[[], T], cancel: Cancel, name: str) -> T:
    """Run work in a thread, return its result or raise what it raised; Ctrl-C and the token end the wait.

    Args:
        work: what to do; it should look at the token, and is left alone when it does not.
        cancel: the run's token; `KeyboardInterrupt` in this thread sets it too.
        name: the thread's name, for people who look at a stuck process.

    Raises:
        Cancelled: the token was set and the work did not end within `GRACE_SECONDS`. The
            thread is a daemon, so it does not keep the process.
    """
    outcome, context = _Outcome(), contextvars.copy_context()
    threading.Thread(target=context.run, args=(_work, work, outcome), name=name, daemon=True).start()
    _await(outcome, cancel)
    if outcome.error is not None:
        raise outcome.error
    if not outcome.done.is_set():
        raise Cancelled(f"`{name}` was left behind")
    return outcome.value  # type: ignore[return-value]


def _work(work: Callable[[], object], outcome: _Outcome) -> None:
    try:
        outcome.value = work()
    except BaseException as error:  # panics of the engine are BaseExceptions; raised again by `wakeably`
        outcome.error = error
    finally:
        outcome.done.set()


def _await(outcome: _Outcome, cancel: Cancel) -> None:
    """Wait until the work is done, or for the grace period once the token is set."""
    while not outcome.done.is_set():
        try:
            if cancel.requested:
                outcome.done.wait(GRACE_SECONDS)
                return
            outcome.done.wait(POLL_SECONDS)
        except KeyboardInterrupt:
            cancel.cancel()
