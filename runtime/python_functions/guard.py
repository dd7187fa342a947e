"""Owns the guard against queries inside of Python functions: the engine would panic on a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ...dialect.diagnostics import error

_RUNNING: ContextVar[str | None] = ContextVar("treadle_python_function", default=None)


@contextmanager
def running(name: str) -> Iterator[None]:
    """Mark this thread as one that runs a Python function."""
    token = _RUNNING.set(name)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def require_outside() -> None:
    """Raise T6125 inside of a Python function."""
    name = _RUNNING.get()
    if name is not None:
        message = f"`{name}` asks a query while a query calls it, which the engine can't do"
        raise error("T6125", message, help="join in SQL what it looks up, or read it before the run and keep it")
