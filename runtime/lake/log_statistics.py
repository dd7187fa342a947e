"""Owns statistics as commits spell them, JSON texts: to bounds and null counts by which predicates are judged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...dialect.types import FLOATS, DataType
from ...planner.literal import decimal_fits, integer_range
from .bounds import Known
from .partition_text import partition_value
from .schemas import arrow_type

Path = tuple[str, ...]


def statistics(texts: Sequence[str | None], columns: Iterable[tuple[Path, Path, DataType]]) -> tuple[pa.Array[Any], dict[Path, Known]]:
    """Return the rows of files and what is known of their columns; what isn't said, or in an unknown way, is null.

    Args:
        texts: `stats` of each file's action, or None.
        columns: of interest: logical path, path in the files, type.
    """
    said = [_read(text) for text in texts]
    rows = pa.array([_whole(one.get("numRecords")) for one in said], pa.int64())
    return rows, {logical: _column(said, stored, type_) for logical, stored, type_ in columns}


def _read(text: str | None) -> Mapping[str, Any]:
    try:
        said = json.loads(text, parse_float=Decimal) if text else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _column(said: Sequence[Mapping[str, Any]], path: Path, type_: DataType) -> Known:
    kind = arrow_type(type_, path[-1])
    low, high = (pa.array([_typed(_at(one.get(which), path), type_) for one in said], kind) for which in ("minValues", "maxValues"))
    nulls = pa.array([_whole(_at(one.get("nullCount"), path)) for one in said], pa.int64())
    return Known(type_, low, high, nulls)


def _at(tree: Any, path: Path) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _whole(found: Any) -> int | None:
    return found if type(found) is int else None


def _typed(found: Any, type_: DataType) -> object:
    """Return a bound as `Value` holds it; None for what is no value of the type."""
    if type_.is_integer:
        low, high = integer_range(type_)
        return found if type(found) is int and low <= found <= high else None
    if type_.name in FLOATS:  # NaN and infinities are texts
        return float(found) if isinstance(found, int | Decimal) and not isinstance(found, bool) else None
    if type_.name == "DECIMAL":
        exact = Decimal(found) if type(found) is int else found
        return exact if isinstance(exact, Decimal) and decimal_fits(exact, type_.precision or 38, type_.scale or 0) else None
    if type_.name == "BOOLEAN":
        return found if isinstance(found, bool) else None
    return _text(found, type_) if isinstance(found, str) else None


def _text(found: str, type_: DataType) -> object:
    if type_.name == "VARCHAR":
        return found
    if type_.name not in ("DATE", "TIMESTAMP"):
        return None
    try:
        moment = partition_value(found, type_)
    except ValueError:
        return None
    return moment if isinstance(moment, dt.date) else None
