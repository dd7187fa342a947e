"""Owns how rows read in sqllogictest records: one letter a column, one text a value, numbers alike in both systems."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from treadle import TreadleError

Rows = list[list[str]]


def types_of(schema: pa.Schema) -> str:
    """Return the letters of a schema's columns."""
    return "".join(_letter(field.type) for field in schema)


def _letter(kind: pa.DataType) -> str:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (
        (pa.types.is_integer, "I"), (pa.types.is_floating, "R"), (pa.types.is_decimal, "R"), (pa.types.is_boolean, "B"),
        (pa.types.is_date, "D"), (pa.types.is_timestamp, "P"), (pa.types.is_string, "T"), (pa.types.is_large_string, "T"),
        (pa.types.is_string_view, "T"),
    )  # fmt: skip
    return next((letter for test, letter in tests if test(kind)), "?")


def rows_of(table: pa.Table) -> Rows:
    """Return a table's values as texts."""
    columns = [[_text(value) for value in _plain(column).to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def text_rows(rows: Iterable[Sequence[Any]]) -> Rows:
    """Return Python's values as texts."""
    return [[_text(value) for value in row] for row in rows]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return nanoseconds as microseconds, which Python has."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_time64(column.type) and column.type.unit == "ns":
        return pc.cast(column, pa.time64("us"), safe=False)
    return column


def _text(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") or "(empty)"
        case bool():
            return str(value).lower()
        case float():
            return _float(value)
        case bytes():
            return f"\\x{value.hex()}"
        case dt.datetime() if value.tzinfo is not None:
            return value.astimezone(dt.UTC).isoformat(" ")
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
        case pa.MonthDayNano():
            return f"{value.months} months {value.days} days {value.nanoseconds / 1e9:g} s"
        case dict():
            return "{" + ", ".join(f"{key}: {_text(one)}" for key, one in value.items()) + "}"
        case list() if value and all(isinstance(one, tuple) for one in value):
            return "{" + ", ".join(f"{_text(key)}={_text(one)}" for key, one in value) + "}"
        case list():
            return "[" + ", ".join(map(_text, value)) + "]"
        case _:
            return str(value)


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.12g}"
    return text if "e" in text or "." in text else f"{text}.0"


def sorted_rows(rows: Rows, sort: str) -> Rows:
    """Return rows as a record's sort mode has them."""
    return sorted(rows) if sort == "rowsort" else rows


def lines_of(rows: Rows) -> list[str]:
    """Return rows as lines of a file; a line has to stand for each, a row without anything in it included."""
    return ["\t".join(row) for row in rows]


def alike(found: Rows, wanted: Rows) -> bool:
    """Say whether rows are equal, numbers by their value: systems choose other widths for them."""
    return len(found) == len(wanted) and all(
        len(a) == len(b) and all(x == y or _close(x, y) for x, y in zip(a, b, strict=True)) for a, b in zip(found, wanted, strict=True)
    )


def _close(one: str, other: str) -> bool:
    try:
        left, right = Decimal(one), Decimal(other)
    except ArithmeticError:
        return False
    if not (left.is_finite() and right.is_finite()):
        return str(left) == str(right)
    return left == right or abs(left - right) <= Decimal("1e-9") * max(abs(left), abs(right))


def told(problem: TreadleError) -> list[str]:
    """Return what an error says, as lines of a file: code, line and column, message, and the way out."""
    lines: list[str] = []
    for one in problem.diagnostics:
        place = f" {one.span.line}:{one.span.column}" if one.span is not None else ""
        lines.append(f"{one.code}{place} {_line(one.message)}")
        lines += [f"help: {_line(one.help)}"] if one.help else []
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())


def shown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows for a failed comparison."""
    return "\n".join("\t".join(row) for row in rows) or "(no row)"
