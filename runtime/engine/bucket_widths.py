"""Owns what a stage's range joins tell of their buckets while they run: the widths that their queries worked out."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa

from ...dialect.types import quote
from ...planner.functions.packs.buckets import BUCKETS
from ..receipt import BucketReceipt
from .user_functions import UserFunction, user_function

Array: TypeAlias = "pa.Array[Any]"
NAME = BUCKETS.shape.name


def works_out_widths(sql: str) -> bool:
    """Say whether a query has a range join that works out how wide its buckets are."""
    return f"{quote(NAME)}(" in sql


class BucketWidths:
    """The buckets of one plan's range joins, as they came out when it last ran. Safe to use from threads."""

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[str, BucketReceipt] = {}
        self._lock = threading.Lock()

    def receipts(self) -> tuple[BucketReceipt, ...]:
        """Return what was told, in the order of the joins' names."""
        with self._lock:
            return tuple(one for _, one in sorted(self._found.items()))

    def function(self) -> UserFunction:
        """Return the function that listens, for a session to know."""
        return user_function(BUCKETS.shape, self._told())

    def _told(self) -> Callable[..., Array]:
        def told(scale: Array, low: Array, high: Array, ticks: Array, unit: Array, join: Array) -> Array:
            for row in zip(*(one.to_pylist() for one in (scale, low, high, ticks, unit, join)), strict=True):
                if None not in row:
                    self._keep(*row)
            return scale

        return told

    def _keep(self, scale: float, low: float, high: float, ticks: float, unit: str, join: str) -> None:
        count = max(math.ceil((high - low) * scale - 1e-9), 1)  # the last place of all has a bucket of its own
        width = 1 / scale / ticks if scale > 0 else None
        with self._lock:
            self._found[join] = BucketReceipt(ends=join, count=count, width=width, unit=unit)
