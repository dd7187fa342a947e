"""Owns the stopwatch of a statement."""

from __future__ import annotations

import time


class Stopwatch:
    """Measures wall time from when it is made."""

    def __init__(self) -> None:
        """Start."""
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self._started
