"""Owns the calls of aggregates in Python: the rows of many groups or frames at once, or those of one at a time.

In: a list for each group from the engine, or the rows of a partition with the ends of every row's frame. Out: one
value for each. Lists that the function gets start at their first value and hold no others.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import DataType
from ..cancel import Cancel
from ..engine.arrow_types import arrow_type
from .outcome import checked, made

Array: TypeAlias = "pa.Array[Any]"
MOST_ROWS = 1 << 20
"""Rows of frames that are copied for one call."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate in Python as it is called.

    Args:
        work: the function itself.
        vectorized: whether it takes one list array for each argument, with one list for each group.
        lists: for each argument, whether it is a list of Python objects; else a `pyarrow.Array`.
        types: declared types of its arguments.
        returns: declared type of its results.
        strict: whether rows with a null argument are left out, and none at all give null without a call.
        cancel: the run's token.
    """

    work: Callable[..., object]
    vectorized: bool
    lists: tuple[bool, ...]
    types: tuple[DataType, ...]
    returns: DataType
    strict: bool
    cancel: Cancel

    def over_groups(self, rows: Array) -> Array:
        """Return a value for each list of rows; a null list is a group without rows."""
        lengths = pc.fill_null(pc.list_value_length(rows), 0).to_pylist()
        values = rows.flatten()
        columns = [values] if len(self.types) == 1 else values.flatten()
        return self._all([_plain(one, kind) for one, kind in zip(columns, self.types, strict=True)], _ends(lengths))

    def over_frames(self, columns: Sequence[Array], counts: Array, first: Array, last: Array) -> Array:
        """Return a value for each row of a partition.

        Args:
            columns: the arguments, in the order of the window.
            counts: which rows count.
            first, last: numbers of the rows at the ends of each row's frame, from 1; null where it is empty, 0 where it is everything.
        """
        plain = [_plain(one, kind) for one, kind in zip(columns, self.types, strict=True)]
        kept = [one.filter(counts) for one in plain]
        size = len(kept[0])
        if len(first) and first[0].as_py() == 0:
            found = self._all(kept, [(0, size)])
            return found.take(pa.array([0] * len(first), pa.int64()))
        before = [0, *pc.cumulative_sum(pc.cast(counts, pa.int64())).to_pylist()]
        frames = zip(first.to_pylist(), last.to_pylist(), strict=True)
        ends = [(0, 0) if a is None or b is None or b < a else (before[a - 1], before[b]) for a, b in frames]
        return self._all(kept, ends)

    def _all(self, columns: list[Array], ends: list[tuple[int, int]]) -> Array:
        """Return a value for each stretch of rows."""
        wanted = arrow_type(self.returns)
        called = [one for one in ends if one[0] < one[1]] if self.strict else ends
        if not called:
            return pa.nulls(len(ends), wanted)
        if self.vectorized:
            found = pa.concat_arrays([self._lists(columns, part) for part in _parts(called)])
        else:
            found = made([self._one(columns, a, b) for a, b in called], self.returns)
        if len(called) == len(ends):
            return found
        numbers = iter(range(len(called)))
        return found.take(pa.array([next(numbers) if a < b else None for a, b in ends], pa.int64()))

    def _lists(self, columns: list[Array], ends: list[tuple[int, int]]) -> Array:
        """Return what the function gives for some stretches, as lists."""
        self.cancel.check()
        offsets, indices = array("q", [0]), None
        if any(b != c for (_, b), (c, _) in zip(ends, ends[1:], strict=False)):
            indices = array("q")
        for a, b in ends:
            offsets.append(offsets[-1] + b - a)
            if indices is not None:
                indices.extend(range(a, b))
        places = pa.Array.from_buffers(pa.int64(), len(offsets), [None, pa.py_buffer(offsets)])
        if indices is not None:
            taken = pa.Array.from_buffers(pa.int64(), len(indices), [None, pa.py_buffer(indices)])
            columns = [one.take(taken) for one in columns]
        else:
            columns = [one.slice(ends[0][0], ends[-1][1] - ends[0][0]) for one in columns]
        given = [pa.ListArray.from_arrays(places.cast(pa.int32()), one) for one in columns]
        return checked(self.work(*given), len(ends), self.returns)

    def _one(self, columns: list[Array], first: int, end: int) -> object:
        self.cancel.check()
        parts = (one.slice(first, end - first) for one in columns)
        found = self.work(*(part.to_pylist() if listed else part for part, listed in zip(parts, self.lists, strict=True)))
        return found.as_py() if isinstance(found, pa.Scalar) else found


def _plain(found: Array, kind: DataType) -> Array:
    wanted = arrow_type(kind)
    return found if found.type.equals(wanted) else found.cast(wanted)


def _ends(lengths: Sequence[int]) -> list[tuple[int, int]]:
    found, at = [], 0
    for length in lengths:
        found.append((at, at + length))
        at += length
    return found


def _parts(ends: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield stretches in portions that are not too large to copy."""
    start, rows = 0, 0
    for at, (a, b) in enumerate(ends):
        if rows and rows + b - a > MOST_ROWS:
            yield ends[start:at]
            start, rows = at, 0
        rows += b - a
    yield ends[start:]
