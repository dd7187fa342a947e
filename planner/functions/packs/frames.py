"""Owns the shapes of treadle's own functions over the rows of a frame, as lists; the rule `true_frames` writes their calls."""

from __future__ import annotations

from ....dialect.types import BIGINT, DOUBLE, VARCHAR, list_of
from ...ports import ScalarFunction
from .base import ArrowFunction

DOUBLES = list_of(DOUBLE)
SPREAD, PAIRS, BITS = "treadle:frame_spread", "treadle:frame_pairs", "treadle:frame_bits"
"""`(values, which)`, `(ys, xs, which)` and `(values, which)`; which is the name of the aggregate that the engine has for groups."""

FRAMES = (
    ArrowFunction(ScalarFunction(SPREAD, (DOUBLES, VARCHAR), DOUBLE, "IMMUTABLE"), "frames:spread"),
    ArrowFunction(ScalarFunction(PAIRS, (DOUBLES, DOUBLES, VARCHAR), DOUBLE, "IMMUTABLE"), "frames:pairs"),
    ArrowFunction(ScalarFunction(BITS, (list_of(BIGINT), VARCHAR), BIGINT, "IMMUTABLE"), "frames:bits"),
)
