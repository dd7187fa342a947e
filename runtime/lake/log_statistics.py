"""Owns statistics as commits spell them, JSON texts: to bounds and null counts that predicates are judged by."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ...dialect.types import FLOATS, DataType
from ...planner.pruning import ColumnStats, FileStats
from .partition_text import partition_value

Path = tuple[str, ...]


def file_statistics(text: str | None, columns: Iterable[tuple[Path, Path, DataType]]) -> FileStats:
    """Return what a file's statistics say; what they don't say, or say in an unknown way, is not known.

    Args:
        text: `stats` of an action, or None.
        columns: of interest: logical path, path in the files, type.
    """
    said = _read(text)
    rows = said.get("numRecords")
    known = {logical: _column(said, stored, type_) for logical, stored, type_ in columns}
    return FileStats(rows if isinstance(rows, int) else None, known)


def _read(text: str | None) -> Mapping[str, Any]:
    try:
        said = json.loads(text, parse_float=Decimal) if text else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _column(said: Mapping[str, Any], path: Path, type_: DataType) -> ColumnStats:
    low, high, nulls = (_at(said.get(kind), path) for kind in ("minValues", "maxValues", "nullCount"))
    return ColumnStats(type_, _typed(low, type_), _typed(high, type_), nulls if type(nulls) is int else None)


def _at(tree: Any, path: Path) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _typed(found: Any, type_: DataType) -> object:
    """Return a bound as `Value` holds it; None for what is no value of the type."""
    if type_.is_integer:
        return found if type(found) is int else None
    if type_.name in FLOATS:
        return _float(found)
    if type_.name == "DECIMAL":
        return Decimal(found) if type(found) is int else found if isinstance(found, Decimal) else None
    if type_.name == "BOOLEAN":
        return found if isinstance(found, bool) else None
    return _text(found, type_) if isinstance(found, str) else None


def _float(found: Any) -> float | None:
    if isinstance(found, str):  # "NaN", "Infinity"
        return None
    return float(found) if isinstance(found, int | Decimal) and not isinstance(found, bool) else None


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
