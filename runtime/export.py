"""Owns writing a result out: CSV, JSON, JSON lines, Parquet, Arrow, batch by batch.

In: batches of a result as they come. Out: bytes in a binary sink, or a file that appears
only once it is whole.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from ..dialect.diagnostics import error
from .cells import as_objects, to_text

Format = Literal["csv", "json", "ndjson", "parquet", "arrow"]
FORMATS: tuple[Format, ...] = ("csv", "json", "ndjson", "parquet", "arrow")
_ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".ipc": "arrow",
}


def format_of(name: str) -> Format | None:
    """Return the format that a file name's ending means, or None.

    >>> format_of("late.PARQUET")
    'parquet'
    """
    return _ENDINGS.get(Path(name).suffix.lower())


def write(schema: pa.Schema, batches: Iterable[pa.RecordBatch], format: Format, sink: BinaryIO) -> int:
    """Write batches to a sink and return the number of rows; text is UTF-8 with LF line ends.

    CSV has a heading; a missing value is an empty cell, an empty text is `""`. `json` is one
    array of objects, `ndjson` an object a line, `arrow` the IPC stream format.
    """
    return _WRITERS[format](schema, batches, sink)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a sink whose content becomes the file on a good end, and nothing otherwise; raises T7019.

    Devices and pipes (`/dev/stdout`) are written directly.
    """
    direct = path.exists() and not path.is_file()
    partial = path if direct else path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as sink:
            yield sink
        if not direct:
            os.replace(partial, path)
    except OSError as problem:
        if problem.filename not in (None, str(partial), str(path)):
            raise
        raise error("T7019", f"`{path}` can't be written", cause=problem.strerror or str(problem)) from problem
    finally:
        if not direct:
            partial.unlink(missing_ok=True)


def _csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> int:
    rows = 0
    sink.write(_csv_line([_quoted(name) for name in schema.names]))
    for batch in batches:
        columns = [[_cell(item) for item in as_objects(column)] for column in batch.columns]
        sink.write(b"".join(_csv_line(row) for row in zip(*columns, strict=True)) if columns else b"\n" * batch.num_rows)
        rows += batch.num_rows
    return rows


def _csv_line(cells: Iterable[str]) -> bytes:
    return (",".join(cells) + "\n").encode()


def _cell(item: object) -> str:
    return "" if item is None else _quoted(to_text(item))


def _quoted(text: str) -> str:
    """Return a text as a CSV cell; quoted where the csv module says so, and when empty, to differ from a missing value."""
    if text and not set(text) & set(',"\r\n '):
        return text
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text])
    return out.getvalue() or '""'


def _json(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> int:
    rows = 0
    for line in _objects(batches):
        sink.write(b",\n " if rows else b"[\n ")  # nothing stands there when the first batch fails
        sink.write(line)
        rows += 1
    sink.write(b"\n]\n" if rows else b"[]\n")
    return rows


def _ndjson(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> int:
    rows = 0
    for line in _objects(batches):
        sink.write(line + b"\n")
        rows += 1
    return rows


def _objects(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        names = batch.schema.names
        columns = [as_objects(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False).encode()


def _parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> int:
    rows = 0
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> int:
    rows = 0
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


_WRITERS: dict[str, Callable[[pa.Schema, Iterable[pa.RecordBatch], BinaryIO], int]] = {
    "csv": _csv,
    "json": _json,
    "ndjson": _ndjson,
    "parquet": _parquet,
    "arrow": _arrow,
}
