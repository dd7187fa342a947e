"""Owns results as text that people paste or read downwards: Markdown tables, and one row below the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from .boxes import NULL
from .result_table import columns_of, rows_of
from .text import Paint, cells, visible


def markdown(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Return all rows as a Markdown table; missing values are empty, numbers stand right."""
    columns = columns_of(schema)
    names = [_escaped(column.name) for column in columns]
    rows = [["" if cell is None else _escaped(cell) for cell in row] for batch in batches for row in rows_of(batch)]
    widths = [max([3, cells(name), *(cells(row[i]) for row in rows)]) for i, name in enumerate(names)]
    rule = ["-" * (width - 1) + (":" if column.number else "-") for width, column in zip(widths, columns, strict=True)]

    def line(row: list[str]) -> str:
        parts = [
            " " * (width - cells(cell)) + cell if column.number else cell + " " * (width - cells(cell))
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        return f"| {' | '.join(parts)} |"

    return [line(names), line(rule), *(line(row) for row in rows)]


def vertical(schema: pa.Schema, batches: Iterable[pa.RecordBatch], width: int, paint: Paint) -> Iterator[str]:
    """Yield each row as lines of name and value, whole, below a rule with its number."""
    names = [visible(name) for name in schema.names]
    room = max((cells(name) for name in names), default=0)
    number = 0
    for batch in batches:
        for row in rows_of(batch):
            number += 1
            head = f"── row {number:,} "
            yield paint("dim", head + "─" * max(min(width, 60) - cells(head), 2))
            for name, cell in zip(names, row, strict=True):
                value = paint("dim", NULL) if cell is None else visible(cell)
                yield f"{' ' * (room - cells(name))}{paint('bold', name)}  {value}"


def _escaped(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace("|", "\\|")
