"""Owns whether a plan can tell rows by number and files by name, which it can only right above a scan, beside plain columns.

There the engine takes `file_row_index()` and `input_file_name()` into the scan. Where a condition names an expression
twice, or a field of a struct is read behind a function, it computes that in between, and fails when it runs. Such a query
is planned again over relations with a fence: conditions stay above it, and are not brought to the Parquet reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from datafusion import ScalarUDF, udf

from ...dialect.types import Schema
from ...planner.ports import EngineRefusal
from ...planner.values import Value
from .execute import Planned, prepare

if TYPE_CHECKING:
    from datafusion import DataFrame

    from ..session import Session

_MOVED_WRONGLY = "Optimizer rule 'optimize_projections' failed"
"""What the engine says when it moved fields of structs into the branches of a union in different orders."""
_ABOVE_SCANS = re.compile(r"(?:file_row_index|input_file_name)\(\)")


def unfenced(session: Session, sql: str, parameters: Mapping[str, Value], schema: Schema) -> Planned | None:
    """Plan a query as `prepare` does; return None where it needs a fence: `Session.fence_rows`, and relations made anew."""
    try:
        planned = prepare(session, sql, parameters, schema)
    except EngineRefusal as refused:
        if _MOVED_WRONGLY not in str(refused.__cause__):
            raise
        return None
    return None if misplaced(planned.frame) else planned


def misplaced(frame: DataFrame) -> bool:
    """Say whether a plan computes numbers of rows or names of files elsewhere than right above a scan."""
    if _ABOVE_SCANS.search(frame.logical_plan().display_indent()) is None:
        return False
    try:
        lines = frame.optimized_logical_plan().display_indent().splitlines()
    except Exception:  # bare ones are all that the engine raises; who runs the plan is told
        return False
    return any(_ABOVE_SCANS.search(line) and not _is_taken(line, below) for line, below in pairwise([*lines, ""]))


def _is_taken(line: str, below: str) -> bool:
    """Say whether the engine takes what a node computes into the scan below it: nothing but plain columns stands beside."""
    node, scan = line.lstrip(), below.lstrip()
    return node.startswith("Projection: ") and scan.startswith("TableScan: ") and "(" not in _ABOVE_SCANS.sub("", node)


def fence(name: str, kind: pa.DataType) -> ScalarUDF:
    """Return the function that gives back what it gets, of a type, and below which the engine moves nothing."""
    return udf(lambda values: values, [kind], kind, "volatile", name)


def every(name: str) -> ScalarUDF:
    """Return the function that is true for every name of a file; the engine can't do without it."""

    def true(names: pa.Array[Any]) -> pa.Array[Any]:
        return pa.repeat(pa.scalar(True), len(names))

    return udf(true, [pa.string()], pa.bool_(), "volatile", name)
