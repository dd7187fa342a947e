"""Owns link farms: folders of symbolic links to exact files, which the engine lists as one table.

A folder is the only thing over which the engine takes any Arrow schema (maps, zones) for many
files at once, and the only one whose partition columns it knows as such. Links are made in the
session's own folder, are never changed, and go with it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote as percent

import pyarrow as pa

from ...dialect.types import INTEGERS, DataType, Field
from ...planner.ports import DataFile
from ...planner.values import Value
from ..lake.reader import can_link
from ..session import Session
from .arrow_types import arrow_type

COLUMN = "__treadle_value_"
LONGEST = 200  # bytes of a folder's name; file systems take 255
_KINDS = frozenset((*INTEGERS, "VARCHAR", "DATE", "BOOLEAN", "DECIMAL"))


@dataclass(frozen=True, slots=True)
class Farm:
    """A folder of links.

    Args:
        folder: where it is.
        links: the link of each file, in their order.
        columns: the partition columns that the folders' names tell, as the engine takes them.
    """

    folder: Path
    links: tuple[str, ...]
    columns: tuple[tuple[str, pa.DataType], ...] = ()


def link(session: Session, files: Sequence[DataFile], columns: Sequence[Field] = ()) -> Farm | None:
    """Return a farm of links to files; None where links can't be made. The same files get the same farm again.

    Args:
        session: whose folder it is made in.
        files: local files, in any number, the same one more than once if need be.
        columns: of their partition values, those that folders shall tell; all must be `tellable`.
    """
    if not can_link() or any("://" in file.path for file in files):
        return None
    try:
        key = _digest(files, columns)
        known = session.kept.farms.get(key)
        if known is None:
            known = _plant(session.scratch("links"), files, columns)
            session.kept.farms.put(key, known)
        return known
    except OSError:
        return None


def _digest(files: Sequence[DataFile], columns: Sequence[Field]) -> bytes:
    """Return what tells farms apart: paths, sizes and times of change, since the engine remembers what a link led to."""
    digest = blake2b(repr([(column.name, column.type) for column in columns]).encode(), digest_size=16)
    names = {column.name for column in columns}
    for file in files:
        state, values = os.stat(file.path), [one for one in file.partition if one[0] in names]
        digest.update(repr((file.path, state.st_size, state.st_mtime_ns, values)).encode())
    return digest.digest()


def _plant(folder: Path, files: Sequence[DataFile], columns: Sequence[Field]) -> Farm:
    links, made = [], set()
    for number, file in enumerate(files):
        values = dict(file.partition)
        place = os.path.join(folder, *(f"{COLUMN}{at}={told(values[column.name])}" for at, column in enumerate(columns)))
        if place not in made:
            os.makedirs(place, exist_ok=True)
            made.add(place)
        links.append(os.path.join(place, f"{number}.parquet"))
        os.symlink(file.path, links[-1])
    return Farm(folder, tuple(links), tuple((f"{COLUMN}{at}", arrow_type(column.type)) for at, column in enumerate(columns)))


def told(value: Value) -> str | None:
    """Return a partition value as a folder's name tells it, so that the engine reads the same value; None where it can't.

    >>> told(Value(DataType("VARCHAR"), "a/b%")), told(Value(DataType("VARCHAR"), None))
    ('a%2Fb%25', None)
    """
    if value.value is None or value.value == "" or not tellable(value.type):
        return None
    text = _text(value.value)
    name = percent(text, safe="")
    return name if len(name) <= LONGEST else None


def tellable(kind: DataType) -> bool:
    """Say whether folders' names can tell values of a type."""
    return kind.name in _KINDS and (kind.precision or 0) <= 38


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return str(value)
