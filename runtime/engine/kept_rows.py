"""Owns leaving out the rows that deletion vectors mark, while their files are read.

A function of treadle's own says for each row whether it stays: it gets row numbers (and file
names, where a table has several files) batch by batch, and answers with a slice of the file's
bits. That was as quick as an anti join at 1 % of the rows and quicker beyond, needs one branch
for all files, and lets the engine never answer by statistics, which count deleted rows. The
engine's rule `push_down_leaf_projections` is what brings row numbers into the scan: without it
conditions come between, above which none can be computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datafusion import ScalarUDF, udf

from ...dialect.types import quote
from ...planner.ports import DataFile
from ..lake.deletion_vectors import marked_rows

FILE = "__treadle_file"
ROW = "__treadle_row"
_CHUNK = 65536


class _Bits:
    """Which rows of one file stay: a bit for each, made when the first batch of the file asks."""

    def __init__(self, file: DataFile) -> None:
        """Decode the vectors, so that a damaged one is told before anything runs; raises T4008, T4018."""
        self._without = [marked_rows(vector, file.path) for vector in file.without]
        self._only = None if file.only is None else marked_rows(file.only, file.path)
        self._rows = file.rows or 0
        self._made: pa.Array[Any] | None = None

    def of(self, rows: pa.Array[Any]) -> pa.Array[Any]:
        """Return for each row number of a batch, in whatever order, whether the row stays."""
        count, first = len(rows), rows[0].as_py()
        if _ascend(rows):
            return self._upto(first + count).slice(first, count)
        return self._upto(pc.max(rows).as_py() + 1).take(rows)

    def _upto(self, count: int) -> pa.Array[Any]:
        made = self._made
        if made is None or len(made) < count:
            made = self._made = self._make(max(count, self._rows))
        return made

    def _make(self, count: int) -> pa.Array[Any]:
        bits = None if self._only is None else _marks(self._only, count)
        for rows in self._without:
            stays = pc.invert(_marks(rows, count))
            bits = stays if bits is None else pc.and_(bits, stays)
        assert bits is not None, "a file without vectors is not asked for"
        return bits


def _ascend(rows: pa.Array[Any]) -> bool:
    """Say whether row numbers follow one another without a gap."""
    first = rows[0].as_py()
    return bool(rows.equals(pa.arange(first, first + len(rows))))


def _marks(rows: pa.Array[Any], count: int) -> pa.Array[Any]:
    """Return so many bits, set where the ascending row numbers say; those beyond the count don't matter."""
    nothing = pa.repeat(False, _CHUNK)
    starts = range(0, count, _CHUNK)
    places = pc.search_sorted(rows, pa.array([*starts, starts[-1] + _CHUNK], pa.int64())).to_pylist()
    chunks = []
    for start, low, high in zip(starts, places, places[1:], strict=False):
        if low == high:
            chunks.append(nothing)
            continue
        inside = pc.subtract(rows.slice(low, high - low), start).cast(pa.int32())
        chunks.append(pc.is_valid(pc.inverse_permutation(inside, max_index=_CHUNK - 1)))
    return pa.concat_arrays(chunks)


def kept(name: str, seen: Mapping[str, DataFile]) -> ScalarUDF:
    """Return the function that says which rows of one table stay.

    Args:
        name: of the function.
        seen: the table's files, all with vectors, by what the engine's `input_file_name()` says.

    Raises:
        TreadleError: T4008, T4018; see `marked_rows`.
    """
    bits = {place: _Bits(file) for place, file in seen.items()}
    if len(bits) == 1:
        (alone,) = bits.values()
        return udf(lambda rows: alone.of(rows) if len(rows) else _NONE, [pa.int64()], pa.bool_(), "immutable", name)

    def by_file(names: pa.Array[Any], rows: pa.Array[Any]) -> pa.Array[Any]:
        parts = [bits[place].of(rows.slice(start, count)) for place, start, count in _spans(names, rows)]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts) if parts else _NONE

    return udf(by_file, [pa.string(), pa.int64()], pa.bool_(), "immutable", name)


_NONE = pa.array([], pa.bool_())


def _spans(names: pa.Array[Any], rows: pa.Array[Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the files of a batch with the place and number of their rows.

    The engine reads batches out of one file each; its names are compared one by one only where its row
    numbers have gaps, as one comparison costs more than the rest.
    """
    if not len(names):
        return
    if names[0] == names[-1] and (_ascend(rows) or names.slice(1).equals(names.slice(0, len(names) - 1))):
        yield names[0].as_py(), 0, len(names)
        return
    runs = pc.run_end_encode(names)
    start = 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield name, start, end - start
        start = end


def condition(function: str, files: int) -> str:
    """Return the condition on the columns `FILE` and `ROW` of a table of so many files that a function of `kept` decides."""
    row = f"CAST({quote(ROW)} AS BIGINT)"
    return f"{function}({row})" if files == 1 else f"{function}({quote(FILE)}, {row})"
