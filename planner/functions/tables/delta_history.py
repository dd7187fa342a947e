"""Owns the table function `delta_history`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="delta_history",
        kind="history",
        parameters=(
            P("path", "VARCHAR", True),
            P("limit", "BIGINT"),
            P("version", "BIGINT"),
            P("timestamp", "TIMESTAMP"),
        ),
        doc="Lists the commits of a Delta table that are left in its log, the newest first, up to its pin or a version.",
        example="SELECT version, operation, operationMetrics FROM delta_history('lake/flights', limit => 5)",
    ),
)
