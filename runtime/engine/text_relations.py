"""Owns CSV and JSON files as relations: options, headers, compression.

CSV columns are matched by position in the engine, so files are grouped by what their
headers say, and each group is declared as it lies in the file.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ...dialect.diagnostics import error
from ...dialect.types import VARCHAR, Field, Schema, quote
from ...planner.literal import literal_sql, quote_text
from ...planner.values import Value
from ..session import Session
from .declare import declared_type, external_table

COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}


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
        TreadleError: T6065, a CSV file has a column that the relation has not, or names one twice.
    """
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
    null_text = _text(options, "null_value")
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
    found |= {"format.has_header": str(_header(options)).lower(), "format.delimiter": layout.delimiter, "format.newlines_in_values": "true"}
    given = {name: _text(options, name) for name in ("quote", "escape", "comment")}
    return found | {f"format.{name}": text for name, text in given.items() if text}


def _layout(kind: str, path: str, columns: Schema, options: Mapping[str, Value]) -> _Layout:
    compression = _text(options, "compression") or COMPRESSIONS.get(Path(path).suffix.lower(), "uncompressed")
    compression = {"none": "uncompressed", "bz2": "bzip2", "gz": "gzip", "zst": "zstd"}.get(compression.lower(), compression.lower())
    if kind == "json":
        return _Layout(compression, "", ())
    delimiter = _text(options, "delimiter") or ("\t" if Path(path).suffix.lower() == ".tsv" else ",")
    names = _read_header(path, compression, delimiter, options) if _header(options) else columns.names
    unknown = next((n for n in names if columns.get(n) is None), None)
    if unknown is not None or len(set(names)) != len(names):
        what = f"a column `{unknown}` that the source has not" if unknown is not None else "a column twice in its header"
        raise error("T6065", f"`{path}` has {what}", help="the files of one source share their columns; read others apart")
    return _Layout(compression, delimiter, names)


def _read_header(path: str, compression: str, delimiter: str, options: Mapping[str, Value]) -> tuple[str, ...]:
    quotes, comment = _text(options, "quote") or '"', _text(options, "comment")
    with _open(path, compression) as raw:
        text = io.TextIOWrapper(raw, "utf-8", newline="")
        lines = (line for line in text if not (comment and line.startswith(comment)))
        rows = csv.reader(lines, delimiter=delimiter, quotechar=quotes, escapechar=_text(options, "escape"))
        return tuple(next(rows, []))


def _open(path: str, compression: str) -> IO[bytes]:
    if compression == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if compression == "bzip2":
        return bz2.open(path, "rb")
    if compression == "xz":
        return lzma.open(path, "rb")
    if compression == "zstd":
        import pyarrow as pa

        return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(path), "zstd"))
    return open(path, "rb")


def _header(options: Mapping[str, Value]) -> bool:
    return "header" not in options or options["header"].value is not False


def _text(options: Mapping[str, Value], name: str) -> str | None:
    found = options.get(name)
    return found.value if found is not None and isinstance(found.value, str) else None
