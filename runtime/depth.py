"""Owns the limit of nesting: what is too deep for Python's stack is told at its place, not as a crash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..dialect.diagnostics import error
from ..dialect.script import Script
from ..dialect.source import Span


def longest(scripts: Sequence[Script]) -> Span | None:
    """Return the place of the longest statement, which is the likeliest to be nested too deeply."""
    spans = (statement.span for script in scripts for statement in script.statements)
    return max(spans, key=lambda one: one.end - one.start, default=None)


@contextmanager
def shallow(place: Span | None) -> Iterator[None]:
    """Raise T1014 when what is done inside exhausts Python's stack: chains of thousands of operators nest as trees."""
    try:
        yield
    except RecursionError as depth:
        message = "this is nested too deeply to be worked on"
        raise error("T1014", message, place, help="name the inner parts with WITH or as views") from depth
