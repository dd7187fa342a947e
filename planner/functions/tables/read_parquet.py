"""Owns the table function `read_parquet`."""

from __future__ import annotations

from .base import Parameter as P
from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="read_parquet",
        kind="parquet",
        parameters=(P("path", "VARCHAR", True),),
        doc="Reads Parquet files: a file, a folder or a glob.",
        example="SELECT count(*) AS planes FROM read_parquet('files/planes.parquet')",
    ),
)
