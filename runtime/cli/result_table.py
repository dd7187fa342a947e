"""Owns a result as a table on the screen: as many rows and columns as fit, and word of what did not.

When stdout is no terminal nothing is left out. What is left out on a terminal is said on stderr.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from ..cells import as_objects, to_text
from ..engine.arrow_types import schema as schema_of
from .boxes import Box, BoxColumn, Row, box
from .console import Console
from .text import plural

LEAST_ROWS = 10
_PLAIN = str.maketrans("│─┌┬┐├┼┤└┴┘·…", "|-+++++++++..")


@dataclass(frozen=True, slots=True)
class Sample:
    """The first and the last rows of a result.

    Args:
        head: all rows when there is no tail.
        count: rows that were read.
        more: whether there are more that were not read.
    """

    head: tuple[Row, ...]
    tail: tuple[Row, ...]
    count: int
    more: bool = False

    @property
    def shown(self) -> int:
        """Return how many rows are in it."""
        return len(self.head) + len(self.tail)


def show_table(console: Console, schema: pa.Schema, batches: Iterable[pa.RecordBatch], begin: Callable[[], None]) -> None:
    """Print batches as a table; on a terminal reads no further than the screen goes. `begin` is called before it prints."""
    sample = first_rows(batches, max(console.height - 8, LEAST_ROWS) if console.is_terminal else None)
    begin()
    drawn = draw(console, schema, sample)
    console.data("".join(f"{line}\n" for line in drawn.lines))
    if sample.more:
        console.say(f"first {plural(sample.count, 'row')}, there are more; `-o FILE` or `--format csv` gives all")
    else:
        console.say(plural(sample.count, "row"))
    if drawn.hidden:
        names = ", ".join(drawn.hidden[:6]) + (", …" if len(drawn.hidden) > 6 else "")
        console.say(f"{plural(len(drawn.hidden), 'column')} did not fit: {names}")


def draw(console: Console, schema: pa.Schema, sample: Sample) -> Box:
    """Return a sample as a box that fits the console, if that is a screen; of plain signs where it knows no others."""
    drawn = box(columns_of(schema), sample.head, sample.tail, console.width if console.is_terminal else None, console.out)
    try:
        "│─".encode(console.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return Box(tuple(line.translate(_PLAIN) for line in drawn.lines), drawn.hidden)
    return drawn


def columns_of(schema: pa.Schema) -> list[BoxColumn]:
    """Return the columns of a box for rows of a schema."""
    types = [field.type.sql().lower() for field in schema_of(schema)]
    return [BoxColumn(field.name, type, is_number(field.type)) for field, type in zip(schema, types, strict=True)]


def rows_of(batch: pa.RecordBatch) -> Iterator[Row]:
    """Yield the rows of a batch as text; None for what is missing."""
    columns = [[None if item is None else to_text(item) for item in as_objects(column)] for column in batch.columns]
    return zip(*columns, strict=True) if columns else iter([()] * batch.num_rows)


def first_rows(batches: Iterable[pa.RecordBatch], limit: int | None) -> Sample:
    """Return at most `limit` rows, reading no further than it takes to know whether there are more."""
    rows: list[Row] = []
    for batch in batches:
        rows += rows_of(batch if limit is None else batch.slice(0, limit - len(rows) + 1))
        if limit is not None and len(rows) > limit:
            return Sample(tuple(rows[:limit]), (), limit, more=True)
    return Sample(tuple(rows), (), len(rows))


def first_and_last_rows(batches: Iterable[pa.RecordBatch], limit: int | None) -> Sample:
    """Return all rows, or of more than `limit` the first and the last; reads to the end and holds no more than it shows."""
    if limit is None:
        return first_rows(batches, None)
    first, last, count = list[pa.RecordBatch](), list[pa.RecordBatch](), 0
    for batch in batches:
        first.append(batch.slice(0, max(limit - count, 0)))
        last = _last([*last, batch], limit // 2)
        count += batch.num_rows
    rows = [row for batch in first for row in rows_of(batch)]
    if count <= limit:
        return Sample(tuple(rows), (), count)
    return Sample(tuple(rows[: limit - limit // 2]), tuple(row for batch in last for row in rows_of(batch)), count)


def _last(batches: list[pa.RecordBatch], count: int) -> list[pa.RecordBatch]:
    """Return the last `count` rows of some batches."""
    kept: list[pa.RecordBatch] = []
    for batch in reversed(batches):
        if count <= 0:
            break
        kept.insert(0, batch.slice(max(batch.num_rows - count, 0)))
        count -= batch.num_rows
    return kept


def is_number(kind: pa.DataType) -> bool:
    """Say whether values of an Arrow type are aligned as numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
