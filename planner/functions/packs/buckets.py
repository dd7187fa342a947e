"""Owns the shape of the function through which a range join's query tells how wide its buckets came out."""

from __future__ import annotations

from ....dialect.types import DOUBLE, VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction

TOLD = "treadle:buckets"
"""`buckets(scale, low, high, ticks, unit, join)`: the scale, buckets in one coordinate, as it is.

The others are for who listens: the first and the last coordinate, how many coordinates are one `unit` (`s`, `days`, or
empty for numbers), and the join in words.
"""

BUCKETS = ArrowFunction(ScalarFunction(TOLD, (*(DOUBLE,) * 4, VARCHAR, VARCHAR), DOUBLE, "IMMUTABLE"), "buckets:told")
