"""Owns the table function `read_json`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="read_json",
        kind="json",
        parameters=(
            P("path", "VARCHAR", True),
            P("compression", "VARCHAR"),
            P("sample_rows", "BIGINT"),
            P("pin", "VARCHAR"),
        ),
        doc="Reads newline-delimited JSON files: a file, a folder or a glob.",
        example="SELECT count(*) AS airports FROM read_json('files/airports.json')",
    ),
)
