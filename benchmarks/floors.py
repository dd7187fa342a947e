"""What compiling can't be faster than: sqlglot reading the same text, and the engine planning the same views."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import sqlglot
from datafusion import SessionContext

from benchmarks.projects import view

BASE = pa.schema([("id", pa.int64()), ("grp", pa.int64()), ("x", pa.float64())])


def parse(texts: Sequence[str]) -> int:
    """Parse all queries with sqlglot's own PostgreSQL dialect and return how many there were."""
    count = 0
    for text in texts:
        for body in re.findall(r"\bAS\n(SELECT.*?);", text, re.DOTALL):
            count += len(sqlglot.parse(body.replace("PARAM least", "0"), read="postgres"))
    return count


def plan(root: Path, layers: int, width: int) -> int:
    """Plan and optimise each view over empty tables with its inputs' schemas, as a type oracle must; return how many."""
    context = SessionContext()
    context.from_arrow(BASE.empty_table(), "base")
    for layer in range(layers):
        for at in range(width):
            body = view(layer, at, width, materialised=False).partition(" AS\n")[2].rstrip().rstrip(";")
            frame = context.sql(body.replace("PARAM least", "0"))
            schema = context.create_dataframe_from_logical_plan(frame.optimized_logical_plan()).schema()
            context.from_arrow(schema.empty_table(), f"v{layer}_{at}")
    return layers * width
