"""Owns the question whether the engine would cut a time in a condition down to what a file's column can hold.

Delta's times are in microseconds, and files may hold milliseconds. The engine then compares in the
file's unit and cuts the constant to it: `t < '…00.123456'` becomes `t < '…00.123'`, which loses the row of
`…00.123`, and `t = '…00.123456'` finds it. It does so when it prunes row groups and when it filters while it reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ...dialect.types import Schema
from ...planner.predicates import Predicate
from ...planner.values import Value


def cuts_times(predicate: Predicate | None, columns: Schema, paths: Iterable[str]) -> bool:
    """Say whether the engine would cut a constant of a predicate; reads footers of local files only when there is one to cut.

    Args:
        predicate: what the scan's rows are to satisfy.
        columns: the relation's columns.
        paths: absolute paths or URLs; of what is not a readable local file the worst is assumed.
    """
    if not any(column.type.name == "TIMESTAMP" for column in columns):
        return False
    return any(_is_fine(value) for value in _values(predicate)) and any(map(_is_coarse, paths))


def _values(part: object) -> Iterator[Value]:
    """Yield every constant of a predicate."""
    if isinstance(part, Value):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _values(one)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _values(getattr(part, field.name))


def _is_fine(value: Value) -> bool:
    return isinstance(value.value, dt.datetime) and value.value.microsecond % 1000 != 0


def _is_coarse(path: str) -> bool:
    """Say whether a file holds times in milliseconds."""
    if "://" in path:
        return True
    try:
        stored = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        return True
    return any(pa.types.is_timestamp(field.type) and field.type.unit in ("s", "ms") for field in stored)
