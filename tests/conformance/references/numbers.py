"""Owns buckets and ways on a sphere by their textbook formulas."""

from __future__ import annotations

import math


def bucket(value: float, low: float, high: float, count: int) -> int:
    """Return the number of the equal bucket that a value falls into, by going through their bounds."""
    if value < low:
        return 0
    bounds = [low + (high - low) * n / count for n in range(1, count + 1)]
    return next((n for n, bound in enumerate(bounds, 1) if value < bound), count + 1)


def way(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the kilometres between two places, by the angle between their vectors."""
    one, other = (
        (
            math.cos(math.radians(a)) * math.cos(math.radians(b)),
            math.cos(math.radians(a)) * math.sin(math.radians(b)),
            math.sin(math.radians(a)),
        )
        for a, b in ((lat1, lon1), (lat2, lon2))
    )
    return 6371.0 * math.acos(sum(x * y for x, y in zip(one, other, strict=True)))
