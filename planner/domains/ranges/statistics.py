"""Owns widths of buckets from the statistics of Delta logs, where they say enough: rows, starts and ends of all files.

Equalities beside a range are not in the log, so joins with some ask the query instead, and so do those over views. What the
log says may be far from the rows that are read: it makes a join slower or faster, and never other rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log2

from sqlglot import exp

from ....dialect.types import DataType
from ...ports import FileRange, PinnedSource
from ...trees import table_name
from .nodes import named, number
from .scale import HIGH, LOW, SCALE
from .sides import TypedSide
from .work import Work, renames

MOST = 4_000_000, 32
"""Pieces that spans may fall into at worst: as many, or so many for each. Beyond, the lengths of spans have to be known."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """Buckets that are known before the query runs: from `low` to `high` in coordinates, `count` of `width` each."""

    low: float
    high: float
    count: int
    width: float
    shown: str

    def query(self) -> exp.Select:
        """Return the query of one row that `scale` would make."""
        values = {LOW: self.low, HIGH: self.high, SCALE: 1 / self.width}
        return exp.Select(expressions=[named(_literal(value), name) for name, value in values.items()])


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of the spans in one file: least and greatest coordinate of their starts and of their ends."""

    rows: int
    starts: tuple[float, float]
    ends: tuple[float, float]


def frame_of(work: Work, spans: Sequence[TypedSide], points: TypedSide | None, parts: int) -> Frame | None:
    """Return the buckets of spans from statistics; None where those don't say enough.

    Args:
        work: the view.
        spans: of one side or both.
        points: the other side's points, if there are any.
        parts: buckets in a mean span.
    """
    counted = pin_of(work, points) if points is not None else None
    most = counted.row_count if counted is not None and (work.is_read or not points or not points.filters) else None
    if (points is not None and most is None) or any(one.side.keys or len({one.low, one.high}) > 1 for one in spans):
        return None
    files = [found for one in spans if (found := _files(work, one)) is not None]
    if len(files) < len(spans) or not any(files):
        return None
    frame = _frame([one for found in files for one in found], spans[0].low, most, parts)
    return frame if frame is not None and _is_bounded(spans, files, frame) else None


def _is_bounded(spans: Sequence[TypedSide], files: Sequence[Sequence[_File]], frame: Frame) -> bool:
    """Say whether spans fall into few enough buckets however long those are that the log doesn't tell apart."""
    rows, pieces = 0, 0.0
    for one, own in zip(spans, files, strict=True):
        for file in own:
            longest = max(file.ends[1] - file.starts[0], file.starts[1] - file.ends[0]) / frame.width + 1
            has_open = one.side.open_low or one.side.open_high
            rows += file.rows
            pieces += file.rows * (frame.count if has_open else min(longest, frame.count))
    return pieces <= max(MOST[0], MOST[1] * rows)


def pin_of(work: Work, one: TypedSide) -> PinnedSource | None:
    """Return the pinned source that a side reads, None for views and derived tables."""
    source = work.view.relations.get(table_name(one.node)) if isinstance(one.node, exp.Table) else None
    return work.context.pins.get(source) if source is not None else None


def _files(work: Work, one: TypedSide) -> list[_File] | None:
    """Return of each file its rows, and least and greatest coordinates of starts and ends; None where they aren't known."""
    pin, ends = pin_of(work, one), (one.side.low, one.side.high)
    if pin is None or renames(one.node) or not all(isinstance(end, exp.Column) for end in ends):
        return None
    found = work.context.lake.ranges(pin, tuple(end.name for end in ends))
    files = [_file(file) for file in found or ()]
    known = [file for file in files if file is not None]
    return known if found is not None and len(known) == len(files) else None


def _file(said: FileRange) -> _File | None:
    places = [place for pair in said.bounds for value in pair if (place := _place(value)) is not None]
    return _File(said.rows, (places[0], places[1]), (places[2], places[3])) if len(places) == 4 else None


def _place(value: object) -> float | None:
    """Return the coordinate of a value as the engine would compute it, nearly; None for what has none."""
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return (aware - EPOCH) / dt.timedelta(microseconds=1)
    if isinstance(value, dt.date):
        return float(value.toordinal() - EPOCH.toordinal())
    return float(value) if isinstance(value, int | float | Decimal) and abs(float(value)) < 1e300 else None


def _frame(files: list[_File], type_: DataType, points: int | None, parts: int) -> Frame | None:
    first, last = sorted((min(one.ends[0] for one in files), max(one.starts[1] for one in files)))
    rows, room = sum(one.rows for one in files), last - first
    if rows == 0 or not 1e-200 < room < 1e300:
        return None

    def middle(of: tuple[float, float]) -> float:
        return min(max(of[0] / 2 + of[1] / 2, first), last)

    length = sum(one.rows * max(middle(one.ends) - middle(one.starts), 0.0) for one in files)
    most = [4.0 * rows, *([points / 4] if points is not None else []), *([parts * room * rows / length] if length else [])]
    unit = SECOND if type_.name == "TIMESTAMP" else 1
    width = unit * 2.0 ** round(log2(room / max(min(most), 1.0) / unit))
    if type_.is_integer or type_.name == "DATE":
        width = max(width, 1.0)
    count = floor(room / width) + 1
    words = {"DATE": " days", "TIMESTAMP": " s"}.get(type_.name, "")
    return Frame(first, last, count, width, f"{count:,} buckets of {width / unit:,.10g}{words}")


def _literal(value: float) -> exp.Expr:
    made = number(repr(abs(value)))
    return exp.Neg(this=made) if value < 0 else made
