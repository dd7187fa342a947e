"""Owns the table function `generate_series`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="generate_series",
        kind="series",
        parameters=(
            P("start", "BIGINT", True),
            P("stop", "BIGINT", True),
            P("step", "BIGINT"),
        ),
        doc="Counts from start to stop, both inclusive, in steps; column `value`.",
        example="SELECT sum(value) AS total FROM generate_series(1, 10)",
    ),
)
