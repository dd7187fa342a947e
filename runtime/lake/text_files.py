"""Owns the inference of columns of CSV and JSON files, by the engine that will read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote as percent

from ...planner.literal import quote_text

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 10_000
"""Rows of each file that decide its columns' types, unless the option `sample_rows` says otherwise."""

_COMPRESSIONS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}
_OTHER_NAMES = {"none": "uncompressed", **_COMPRESSIONS}


def infer(kind: str, path: str, options: Mapping[str, object]) -> pa.Schema:
    """Return the Arrow schema of one CSV or JSON file; the engine's own exceptions pass through.

    Args:
        kind: `csv` or `json` (one object per line).
        path: absolute path.
        options: `header` (default true), `delimiter` (a comma; a tab for `.tsv`), `quote`,
            `escape`, `comment`, `null_value`, `compression`, `sample_rows`.

    Points in time are microseconds at least, since rows past the sample may be finer than those in it.
    """
    from datafusion import SessionContext

    wanted = {name: value for name, value in _format(kind, path, options).items() if value is not None}
    written = ", ".join(f"{quote_text(name)} {quote_text(value)}" for name, value in wanted.items())
    context = SessionContext()
    where = quote_text(f"file://{percent(path)}")
    context.sql(f"CREATE EXTERNAL TABLE sample STORED AS {kind.upper()} LOCATION {where} OPTIONS ({written})")
    return _finer(context.table("sample").schema())


def _format(kind: str, path: str, options: Mapping[str, object]) -> dict[str, str | None]:
    rows = options.get("sample_rows")
    found: dict[str, str | None] = {
        "format.schema_infer_max_rec": str(rows if isinstance(rows, int) else SAMPLE_ROWS),
        "format.compression": _compression(path, _text(options, "compression")),
    }
    if kind == "json":
        return found
    null = _text(options, "null_value")
    return found | {
        "format.has_header": "false" if options.get("header") is False else "true",
        "format.delimiter": _text(options, "delimiter") or ("\t" if path.lower().endswith(".tsv") else ","),
        "format.newlines_in_values": "true",
        "format.quote": _text(options, "quote"),
        "format.escape": _text(options, "escape"),
        "format.comment": _text(options, "comment"),
        "format.null_regex": None if null is None else f"^{re.escape(null)}$",
    }


def _compression(path: str, given: str | None) -> str | None:
    if given is not None:
        return _OTHER_NAMES.get(given.lower(), given.lower())
    return _COMPRESSIONS.get(path.rsplit(".", 1)[-1].lower())


def _text(options: Mapping[str, object], name: str) -> str | None:
    found = options.get(name)
    return found if isinstance(found, str) and found else None


def _finer(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    def at_least_microseconds(field: pa.Field) -> pa.Field:
        coarse = pa.types.is_timestamp(field.type) and field.type.unit in ("s", "ms")
        return field.with_type(pa.timestamp("us", field.type.tz)) if coarse else field

    return pa.schema([at_least_microseconds(field) for field in schema])
