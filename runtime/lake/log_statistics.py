"""Owns statistics as the log spells them, JSON texts: to rows, bounds and null counts by which predicates are judged.

A text is decoded into just what is asked of it. Where that fails, or a bound is spelled in a way of its
own, the whole text is read and each value judged by itself: what isn't said, or in an unknown way, is null.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import FLOATS, DataType
from ...planner.literal import decimal_fits, integer_range
from .bounds import Known
from .partition_text import partition_value
from .schemas import arrow_type

Path = tuple[str, ...]
Asked = tuple[Path, Path, DataType]
"""A column of interest: logical path, path in the files, type."""

_ROWS = r'^\s*\{\s*"numRecords"\s*:\s*(?P<rows>\d{1,18})\s*[,}]'
_UNASKED = re.compile(r'[\x00-\x1f"\\]')
"""What no name has that the decoder is asked for."""
_INT64 = 2**63
_COUNT: Any = Annotated[int, msgspec.Meta(ge=-_INT64, le=_INT64 - 1)]
_LOW, _HIGH, _NULLS = "minValues", "maxValues", "nullCount"
_QUICK = {
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "DATE": pa.string(),
    "TIMESTAMP": pa.string(),
}
"""What Arrow makes arrays of, to cast them to a column's type."""


def statistics(texts: Sequence[str | None], columns: Iterable[Asked]) -> tuple[pa.Array[Any], dict[Path, Known]]:
    """Return the rows of files and what is known of their columns.

    Args:
        texts: `stats` of each file's action, or None.
        columns: of interest.
    """
    asked = tuple(columns)
    said = _decoded(texts, {stored: type_ for _, stored, type_ in asked})
    rows = pa.array(said.values("numRecords", (), _whole), pa.int64())
    return rows, {logical: _known(said, stored, type_) for logical, stored, type_ in asked}


def rows_said(texts: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """Return the rows of each file: mostly they stand first in its statistics, and nothing else need be read of those."""
    whole = pa.chunked_array([pc.struct_field(pc.extract_regex(part, _ROWS), ["rows"]) for part in texts.chunks], pa.string())
    rows = whole.cast(pa.int64()).combine_chunks()
    odd = pc.and_(pc.is_null(rows), pc.is_valid(texts).combine_chunks())
    if not pc.any(odd).as_py():
        return rows
    other, _ = statistics(texts.filter(odd).to_pylist(), ())
    return pc.replace_with_mask(rows, odd, other)


@dataclass(frozen=True, slots=True)
class _Said:
    """Decoded statistics.

    Args:
        parts: of each file what was asked; an empty one where it could not be decoded so.
        odd: all that those say, by place.
        attributes: under which the columns stand in a part of the statistics.
    """

    parts: Sequence[Any]
    odd: Mapping[int, Mapping[str, Any]]
    attributes: Mapping[Path, str]

    def values(self, kind: str, path: Path, typed: Callable[[Any], object]) -> list[Any]:
        """Return one value of each file: as it was decoded, or what is `typed` of the odd ones."""
        whole = len(self.odd) == len(self.parts)
        found: list[Any] = list(self.parts if whole else map(attrgetter(f"{kind}.{self.attributes[path]}" if path else kind), self.parts))
        for at, tree in self.odd.items():
            found[at] = typed(_at(tree, (kind, *path)))
        return found


def _decoded(texts: Sequence[str | None], columns: Mapping[Path, DataType]) -> _Said:
    if any(_UNASKED.search(part) for path in columns for part in path):
        return _Said([None] * len(texts), {at: _read(text) for at, text in enumerate(texts)}, {})
    attributes: dict[Path, str] = {}
    bounds, counts = _shape({path: _leaf(type_) for path, type_ in columns.items()}, attributes), _shape(dict.fromkeys(columns, _COUNT), {})
    fields = [("numRecords", _COUNT | None, None), *((name, bounds, bounds()) for name in (_LOW, _HIGH)), (_NULLS, counts, counts())]
    shape = msgspec.defstruct("Statistics", fields, frozen=True, gc=False)
    decode, nothing = msgspec.json.Decoder(shape).decode, shape()
    parts, odd = [], {}
    for at, text in enumerate(texts):
        try:
            parts.append(decode(text) if text else nothing)
        except (ValueError, RecursionError):
            parts.append(nothing)
            odd[at] = _read(text)
    return _Said(parts, odd, attributes)


def _shape(columns: Mapping[Path, Any], attributes: dict[Path, str]) -> Any:
    """Return a type with an attribute for each column, nested as they are, and note their attributes by path."""
    inside: dict[str, dict[Path, Any]] = {}
    for path, leaf in columns.items():
        inside.setdefault(path[0], {})[path[1:]] = leaf
    fields: list[Any] = []
    for at, (name, parts) in enumerate(inside.items()):
        if () in parts:
            fields.append((f"c{at}", parts[()] | None, None))
            attributes[name,] = f"c{at}"
            continue
        below: dict[Path, str] = {}
        kind = _shape(parts, below)
        fields.append((f"c{at}", kind, kind()))
        attributes.update({(name, *path): f"c{at}.{one}" for path, one in below.items()})
    return msgspec.defstruct("Columns", fields, rename={f"c{at}": name for at, name in enumerate(inside)}, frozen=True, gc=False)


def _leaf(type_: DataType) -> Any:
    """Return what a bound of a type is decoded as."""
    if type_.is_integer:
        return int
    return {"FLOAT": float, "DOUBLE": float, "DECIMAL": Decimal, "BOOLEAN": bool}.get(type_.name, str)


def _known(said: _Said, path: Path, type_: DataType) -> Known:
    low, high = (_bounds(said, which, path, type_) for which in (_LOW, _HIGH))
    return Known(type_, low, high, pa.array(said.values(_NULLS, path, _whole), pa.int64()))


def _bounds(said: _Said, which: str, path: Path, type_: DataType) -> pa.Array[Any]:
    """Return the bounds of a column: Arrow reads them where it can, each is judged by itself where not."""
    kind, values = arrow_type(type_, path[-1]), said.values(which, path, lambda found: found)
    quick = None if said.odd else _read_by_arrow(values, kind, kind if type_.is_integer else _QUICK.get(type_.name))
    return pa.array([_typed(one, type_) for one in values], kind) if quick is None else quick


def _read_by_arrow(values: Sequence[Any], kind: pa.DataType, through: pa.DataType | None) -> pa.Array[Any] | None:
    """Return values as an array, by way of another type; None where Arrow can't make it, or there is no way."""
    try:
        return None if through is None else pa.array(values, through).cast(kind)
    except (pa.ArrowException, OverflowError):
        return None


def _read(text: str | None) -> Mapping[str, Any]:
    try:
        said = json.loads(text, parse_float=Decimal) if text else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _at(tree: Any, path: Path) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _whole(found: Any) -> int | None:
    return found if type(found) is int and -_INT64 <= found < _INT64 else None


def _typed(found: Any, type_: DataType) -> object:
    """Return a bound as `Value` holds it; None for what is no value of the type."""
    if type_.is_integer:
        low, high = integer_range(type_)
        return found if type(found) is int and low <= found <= high else None
    if type_.name in FLOATS:  # NaN and infinities are texts
        return float(found) if isinstance(found, int | float | Decimal) and not isinstance(found, bool) else None
    if type_.name == "DECIMAL":
        return _exact(found, type_)
    if type_.name == "BOOLEAN":
        return found if isinstance(found, bool) else None
    return _text(found, type_) if isinstance(found, str) else None


def _exact(found: Any, type_: DataType) -> Decimal | None:
    """Return a decimal, which some writers give as text; None for what has none that fits without loss."""
    try:
        number = Decimal(found) if type(found) in (int, str, Decimal) else None
    except InvalidOperation:
        return None
    fits = number is not None and number.is_finite() and decimal_fits(number, type_.precision or 38, type_.scale or 0)
    return number if fits else None


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
