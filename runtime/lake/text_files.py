"""Owns the inference of columns of CSV and JSON files, by the engine that will read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 10_000
"""Rows of each file that decide its columns' types, unless the option `sample_rows` says otherwise."""


def infer(kind: str, path: str, options: Mapping[str, object]) -> pa.Schema:
    """Return the Arrow schema of one CSV or JSON file; the engine's own exceptions pass through.

    Args:
        kind: `csv` or `json` (one object per line).
        path: absolute path.
        options: `header` (default true), `delimiter` (a comma; a tab for `.tsv`), `sample_rows`.
    """
    from datafusion import SessionContext

    context = SessionContext()
    suffix = "." + path.rsplit(".", 1)[-1] if "." in path.rsplit("/", 1)[-1] else ""
    rows = options.get("sample_rows")
    sample = rows if isinstance(rows, int) else SAMPLE_ROWS
    if kind == "json":
        return context.read_json(path, schema_infer_max_records=sample, file_extension=suffix).schema()
    default = "\t" if suffix == ".tsv" else ","
    return context.read_csv(
        path,
        has_header=options.get("header") is not False,
        delimiter=str(options.get("delimiter") or default),
        schema_infer_max_records=sample,
        file_extension=suffix,
    ).schema()
