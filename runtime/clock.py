"""Owns the run's own clock: `Clock`, the system's implementation, and run identifiers.

This is when a run started and finished. What SQL sees as `now()` is `ExecutionSpec.as_of`,
which is fixed before planning and has nothing to do with this clock.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day and measures durations."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""

    def seconds(self) -> float:
        """Return seconds since some fixed instant; never goes back."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Return the monotonic clock's seconds."""
        return time.monotonic()


def iso(instant: datetime) -> str:
    """Return an instant as ISO 8601 in UTC with microseconds, the form of receipts.

    >>> iso(datetime(2013, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2013-01-02T03:04:05.000000+00:00'
    """
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def new_run_id(clock: Clock) -> str:
    """Return a fresh run identifier, `YYYYMMDD-HHMMSSmmm-xxxxxxxx`, that sorts as text by time.

    Eight random hexadecimal digits keep runs apart that start within one millisecond.
    """
    now = clock.now().astimezone(UTC)
    return f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(4)}"
