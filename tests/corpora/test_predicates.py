"""Every column as a predicate: files that are pruned by foreign statistics and partition values take no row away.

Each count by SQL is held to the same count by Python over the table's full read. The constants are values of the column.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from tests.support.corpora import require_corpora, selected
from tests.support.delta_support import read_entries
from tests.support.made_tables import MADE, make

READ = [name for name, entry in read_entries().items() if entry.reader != "refused"]
EVERY = bool(os.environ.get("TREADLE_THOROUGH"))
VALUES = 5 if EVERY else 2
BRANCHES = 14
"""How many counts one query asks for; a table is asked once, about some of its columns, unless `TREADLE_THOROUGH` is set."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One count: the condition in SQL with its parameters, and what it counts in Python."""

    condition: str
    parameters: tuple[object, ...]
    holds: Callable[[Any], bool]
    column: str


@pytest.fixture(scope="module")
def corpora() -> Iterator[treadle.Connection]:
    with treadle.connect(require_corpora()) as connection:
        yield connection


@pytest.mark.parametrize("name", [name for name in READ if not name.startswith("made/")])
def test_counts_in_tables_of_others(corpora: treadle.Connection, name: str) -> None:
    _check_counts(corpora, name)


@pytest.mark.parametrize("name", [name for name in READ if name.startswith("made/")])
def test_counts_in_tables_made_by_hand(tmp_path: Path, name: str) -> None:
    make(name.removeprefix("made/"), tmp_path)
    with treadle.connect(tmp_path) as connection:
        _check_counts(connection, name)


def test_no_table_made_by_hand_is_left_out() -> None:
    assert {name for name in read_entries() if name.startswith("made/")} == {f"made/{name}" for name in MADE}


def _check_counts(connection: treadle.Connection, name: str) -> None:
    rows = selected(connection, name).to_arrow()
    known = {field.name: _counted(rows[field.name]) for field in rows.schema}
    asked = [one for field in rows.schema for one in _questions(field, known[field.name])]
    for part in _parts(asked):
        for one, count in zip(part, _counts(connection, name, part), strict=True):
            wanted = sum(times for value, times in known[one.column] if one.holds(value))
            assert count == wanted, f"{one.condition} {one.parameters}: {count}, and the table has {wanted}"


def _counted(column: pa.ChunkedArray) -> list[tuple[Any, int]]:
    """Return a column's values with how often each is there; of nested ones only whether they are null."""
    if pa.types.is_nested(column.type):
        return [(None, column.null_count), ((), len(column) - column.null_count)]
    return list(Counter(column.to_pylist()).items())


def _parts(asked: list[Asked]) -> list[list[Asked]]:
    """Return questions in parts that one query can hold; a sample of them in one part, spread over all columns and kinds."""
    if EVERY:
        return [asked[start : start + BRANCHES] for start in range(0, len(asked), BRANCHES)]
    step = len(asked) / BRANCHES
    return [asked if step <= 1 else [asked[int(i * step)] for i in range(BRANCHES)]]


def _counts(connection: treadle.Connection, name: str, asked: Sequence[Asked]) -> list[int]:
    parameters: dict[str, object] = {"path": name}
    branches = []
    for number, one in enumerate(asked):
        names = [f"p{number}_{i}" for i in range(len(one.parameters))]
        parameters.update(zip(names, one.parameters, strict=True))
        condition = one.condition.format(*(f"${n}" for n in names))
        branches.append(f"SELECT {number} AS n, count(*) AS c FROM read_delta($path) WHERE {condition}")
    found = connection.query(" UNION ALL ".join(branches), **parameters).fetchall()
    return [count for _, count in sorted(found)]


def _questions(field: pa.Field, counted: list[tuple[Any, int]]) -> Iterator[Asked]:
    name = '"' + field.name.replace('"', '""').replace("{", "{{").replace("}", "}}") + '"'
    yield Asked(f"{name} IS NULL", (), lambda v: v is None, field.name)
    if pa.types.is_nested(field.type) or pa.types.is_null(field.type):
        return
    known = [v for v, _ in counted if v is not None and not (isinstance(v, float) and math.isnan(v))]
    nan = len(known) < sum(v is not None for v, _ in counted)
    for value in _with_neighbours(_samples(known), field.type):
        yield Asked(f"{name} = {{0}}", (value,), lambda v, c=value: v == c, field.name)  # type: ignore[misc]
        yield Asked(f"{name} <> {{0}}", (value,), lambda v, c=value: v is not None and v != c, field.name)  # type: ignore[misc]
        if not isinstance(value, bool) and not nan:  # the engine takes NaN for the greatest number, and drops it when it prunes
            yield Asked(f"{name} > {{0}}", (value,), lambda v, c=value: v is not None and v > c, field.name)  # type: ignore[misc]
            yield Asked(f"{name} <= {{0}}", (value,), lambda v, c=value: v is not None and v <= c, field.name)  # type: ignore[misc]
        if isinstance(value, str):
            yield from _likes(name, field.name, value)
    several = _samples(known)[:3]
    if len(several) > 1:
        marks = ", ".join(f"{{{i}}}" for i in range(len(several)))
        yield Asked(f"{name} IN ({marks})", tuple(several), lambda v: v in several, field.name)
        yield Asked(f"NOT {name} IN ({marks})", tuple(several), lambda v: v is not None and v not in several, field.name)


def _likes(name: str, column: str, value: str) -> Iterator[Asked]:
    start = value[: max(1, len(value) // 2)]
    if start and not set(start) & set("%_\\"):
        yield Asked(f"{name} LIKE {{0}}", (start + "%",), lambda v: v is not None and v.startswith(start), column)


def _with_neighbours(values: list[Any], kind: pa.DataType) -> list[Any]:
    """Return values, and for some types what lies right beside them, which is in no file."""
    if pa.types.is_timestamp(kind):
        step: Any = dt.timedelta(microseconds=1)
        return [*values, *(v + step for v in values if v.year < 9999)]
    if pa.types.is_floating(kind):
        return [*values, *(math.nextafter(v, math.inf) for v in values if kind == pa.float64() and math.isfinite(v))]
    if pa.types.is_decimal(kind):
        return [*values, *(v + Decimal(1).scaleb(-kind.scale) for v in values if abs(v) < Decimal(10) ** (kind.precision - kind.scale - 1))]
    return values


def _samples(values: list[Any]) -> list[Any]:
    """Return the least and the greatest value, and some between."""
    found = sorted(set(values))
    if len(found) <= VALUES:
        return found
    return [found[i * (len(found) - 1) // (VALUES - 1)] for i in range(VALUES)]
