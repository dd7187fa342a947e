"""Owns the shapes of treadle's own functions for integers that must not wrap; the rule `checked_arithmetic` writes most of their calls."""

from __future__ import annotations

from ....dialect.types import BIGINT, VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction

NAMES = {"+": "treadle:add", "-": "treadle:subtract", "*": "treadle:multiply"}
"""By sign: `name(left, right, place)`, all BIGINT; the place comes back when it overflows."""
WITHIN = "treadle:within"
"""`within(value, least, greatest, place)`: the value, which must lie between them."""
SUM = "treadle:sum"
"""`sum(wrapped, high)`: the sum of BIGINTs that `wrapped` is, as their high halves tell, whose sum is `high`; null for null.

The planner `sums` writes its calls.
"""


def _own(name: str, count: int, target: str) -> ArrowFunction:
    return ArrowFunction(ScalarFunction(name, (*(BIGINT,) * count, VARCHAR), BIGINT, "IMMUTABLE"), f"arithmetic:{target}")


CHECKED = (
    *(_own(name, 2, name.removeprefix("treadle:")) for name in NAMES.values()),
    _own(WITHIN, 3, "within"),
    ArrowFunction(ScalarFunction(SUM, (BIGINT, BIGINT), BIGINT, "IMMUTABLE"), "arithmetic:whole_sum"),
)
