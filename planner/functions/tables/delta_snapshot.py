"""Owns the table function `delta_snapshot`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="delta_snapshot",
        kind="snapshot",
        parameters=(
            P("path", "VARCHAR", True),
            P("version", "BIGINT"),
            P("timestamp", "TIMESTAMP"),
        ),
        doc="Describes a Delta table in one row: its size, columns that partition it, properties, protocol.",
        example="SELECT version, numFiles, numRecords, partitionColumns FROM delta_snapshot('lake/flights')",
    ),
)
