"""Owns the table function `read_csv`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="read_csv",
        kind="csv",
        parameters=(
            P("path", "VARCHAR", True),
            P("header", "BOOLEAN"),
            P("delimiter", "VARCHAR"),
            P("quote", "VARCHAR"),
            P("escape", "VARCHAR"),
            P("null_value", "VARCHAR"),
            P("comment", "VARCHAR"),
            P("compression", "VARCHAR"),
            P("sample_rows", "BIGINT"),
            P("pin", "VARCHAR"),
        ),
        doc="Reads CSV files: a file, a folder or a glob.",
        example="SELECT count(*) AS airlines FROM read_csv('files/airlines.csv')",
    ),
)
