"""Owns CSV and JSON files as relations: options, headers, compression.

CSV columns are matched by position in the engine, so files are grouped by what their
headers say, and each group is declared as it lies in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...dialect.diagnostics import error
from ...dialect.types import VARCHAR, Field, Schema, quote
from ...planner.literal import literal_sql, quote_text
from ...planner.values import Value
from ..lake.compressed import compression_of
from ..lake.typed_text import delimiter_of, has_header, prove, read_header, text_of
from ..session import Session
from .declare import declared_type, external_table


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file lies: its compression, its delimiter, its columns by position (empty for JSON)."""

    compression: str
    delimiter: str
    names: tuple[str, ...]


def register_text(session: Session, name: str, kind: str, columns: Schema, paths: Sequence[str], options: Mapping[str, Value]) -> str:
    """Make CSV or JSON files readable under a name; return how, for people.

    Args:
        session: where the name is.
        name: the relation's name.
        kind: `csv` or `json` (one object per line).
        columns: the relation's columns; those that a file lacks are null.
        paths: absolute paths, at least one.
        options: by name: `header`, `delimiter`, `quote`, `escape`, `comment`, `null_value`, `compression`.

    Raises:
        TreadleError: T6065, a CSV file has a column that the relation has not, or names one twice;
            T4060 or T4062, a value does not fit its declared column.
    """
    for path in paths if "columns" in options else ():
        prove(path, columns, options)
    groups: dict[_Layout, list[str]] = {}
    for path in paths:
        groups.setdefault(_layout(kind, path, columns, options), []).append(path)
    parts = [_part(session, kind, columns, layout, group, options) for layout, group in groups.items()]
    session.define(name, "\nUNION ALL\n".join(sql for _, sql in parts))
    for private, _ in parts:
        session.drop(private)
    return kind if len(parts) == 1 else f"{kind}, {len(parts)} layouts"


def _part(
    session: Session, kind: str, columns: Schema, layout: _Layout, paths: Sequence[str], options: Mapping[str, Value]
) -> tuple[str, str]:
    """Make the external table of one layout; return its name and the query that brings it into the relation's shape."""
    private = session.private("text")
    null_text = text_of(options, "null_value")
    there = [columns.get(name) for name in layout.names] if kind == "csv" else list(columns)
    fields = [f if null_text is None else Field(f.name, VARCHAR) for f in there if f is not None]
    external_table(session, private, kind.upper(), fields, paths, _format(kind, layout, options))
    names = {f.name for f in fields}
    shown = ", ".join(_column(f, f.name in names, null_text) for f in columns)
    return private, f"SELECT {shown} FROM {quote(private)}"


def _column(field: Field, there: bool, null_text: str | None) -> str:
    if not there:
        return f"{literal_sql(Value(field.type, None))} AS {quote(field.name)}"
    if null_text is None:
        return quote(field.name)
    return f"CAST(NULLIF({quote(field.name)}, {quote_text(null_text)}) AS {declared_type(field.type)}) AS {quote(field.name)}"


def _format(kind: str, layout: _Layout, options: Mapping[str, Value]) -> dict[str, str]:
    found = {} if layout.compression == "uncompressed" else {"format.compression": layout.compression}
    if kind == "json":
        return found
    found |= {
        "format.has_header": str(has_header(options)).lower(),
        "format.delimiter": layout.delimiter,
        "format.newlines_in_values": "true",
    }
    given = {name: text_of(options, name) for name in ("quote", "escape", "comment")}
    return found | {f"format.{name}": text for name, text in given.items() if text}


def _layout(kind: str, path: str, columns: Schema, options: Mapping[str, Value]) -> _Layout:
    compression = compression_of(path, options)
    if kind == "json":
        return _Layout(compression, "", ())
    names = read_header(path, options) if has_header(options) else columns.names
    unknown = next((n for n in names if columns.get(n) is None), None)
    if unknown is not None or len(set(names)) != len(names):
        what = f"a column `{unknown}` that the source has not" if unknown is not None else "a column twice in its header"
        raise error("T6065", f"`{path}` has {what}", help="the files of one source share their columns; read others apart")
    return _Layout(compression, delimiter_of(path, options), names)
