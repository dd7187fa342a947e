"""Owns the table function `read_delta_cdf`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="read_delta_cdf",
        kind="changes",
        parameters=(
            P("path", "VARCHAR", True),
            P("start_version", "BIGINT"),
            P("end_version", "BIGINT"),
            P("start_timestamp", "TIMESTAMP"),
            P("end_timestamp", "TIMESTAMP"),
        ),
        doc="Reads the change data feed of a Delta table; both ends of the window are inclusive, an omitted end is the pin.",
        example="SELECT _change_type, count(*) AS rows FROM read_delta_cdf('lake/flights', start_version => 3) GROUP BY _change_type",
    ),
)
