"""Owns the table function `read_delta`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="read_delta",
        kind="delta",
        parameters=(
            P("path", "VARCHAR", True),
            P("version", "BIGINT"),
            P("timestamp", "TIMESTAMP"),
        ),
        doc="Reads a Delta table at its pin, or at a version or timestamp.",
        example="SELECT count(*) AS flights FROM read_delta('lake/flights', version => 2)",
    ),
)
