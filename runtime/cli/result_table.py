"""Owns a result as a table on the screen: as many rows and columns as fit, and word of what did not.

When stdout is no terminal nothing is left out. What is left out on a terminal is said on stderr.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pyarrow as pa

from ..cells import as_texts
from .console import Console
from .text import Column, cells, plural, table, visible

LEAST_ROWS = 10
LEAST_WIDTH = 6
NULL = "NULL"


def show_table(console: Console, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Print batches as a table; on a terminal reads no further than the screen goes."""
    limit = max(console.height - 6, LEAST_ROWS) if console.is_terminal else None
    rows, more = _rows(batches, limit)
    columns = [Column(visible(f.name), right=is_number(f.type)) for f in schema]
    shown = _fitting(console, columns, rows) if console.is_terminal else len(columns)
    width = console.width if console.is_terminal else None
    lines = table(columns[:shown], [row[:shown] for row in rows], width, console.out)
    console.data("".join(f"{line}\n" for line in lines))
    _tell(console, [c.title for c in columns[shown:]], len(rows), more)


def _rows(batches: Iterable[pa.RecordBatch], limit: int | None) -> tuple[list[tuple[str, ...]], bool]:
    """Return at most `limit` rows as text, and whether there are more."""
    rows: list[tuple[str, ...]] = []
    for batch in batches:
        wanted = batch if limit is None else batch.slice(0, limit - len(rows) + 1)
        texts = [as_texts(column, NULL) for column in wanted.columns]
        rows += list(zip(*texts, strict=True)) if texts else [()] * wanted.num_rows
        if limit is not None and len(rows) > limit:
            return list(islice(rows, limit)), True
    return rows, False


def _fitting(console: Console, columns: list[Column], rows: list[tuple[str, ...]]) -> int:
    """Return how many columns fit side by side when each keeps a readable width; at least one."""
    used = 0
    for index, column in enumerate(columns):
        natural = max([cells(column.title), *(cells(visible(row[index])) for row in rows)])
        used += min(natural, max(LEAST_WIDTH, min(cells(column.title), 12))) + (2 if index else 0)
        if used > console.width and index:
            return index
    return len(columns)


def _tell(console: Console, hidden: list[str], count: int, more: bool) -> None:
    if more:
        console.say(f"first {plural(count, 'row')}, there are more; `-o FILE` or `--format csv` gives all")
    else:
        console.say(plural(count, "row"))
    if hidden:
        names = ", ".join(hidden[:6]) + (", …" if len(hidden) > 6 else "")
        console.say(f"{plural(len(hidden), 'column')} did not fit: {names}")


def is_number(kind: pa.DataType) -> bool:
    """Say whether values of an Arrow type are aligned as numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
