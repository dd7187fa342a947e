"""Owns the table function `delta_add_actions`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="delta_add_actions",
        kind="add_actions",
        parameters=(
            P("path", "VARCHAR", True),
            P("version", "BIGINT"),
            P("timestamp", "TIMESTAMP"),
        ),
        doc="Lists the files that a Delta table consists of, with sizes, partition values and statistics.",
        example="SELECT count(*) AS files, sum(num_records) AS rows FROM delta_add_actions('lake/flights')",
    ),
)
