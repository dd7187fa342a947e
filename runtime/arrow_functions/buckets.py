"""Owns the scale of a range join's buckets where nobody listens: it passes through as it is."""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa

Array: TypeAlias = "pa.Array[Any]"


def told(scale: Array, low: Array, high: Array, ticks: Array, unit: Array, join: Array) -> Array:
    """Return the scale."""
    return scale
