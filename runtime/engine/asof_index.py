"""Owns the index over the right side of an ASOF join: rows sorted by group and time once, and found by binary search.

Times and floats become whole numbers of the same order, groups are numbered, and both are packed into one number for each row;
so a sort and a search go by one key. Numbers of times stand in for the times where the two don't fit into 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ...planner.asof_index import AsofIndex, Ordered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = "NDArray[np.int64]"

Array: TypeAlias = "pa.Array[Any]"
MOST = 2**63 - 1
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Times:
    """How times become places in a group.

    Args:
        low, high: the least and the greatest time.
        values: all times, sorted, where places are their numbers; None where places are distances from `low`.
        width: how many places a group has.
    """

    low: int
    high: int
    values: Numbers | None
    width: int

    def places(self, times: Numbers) -> Numbers:
        """Return the places of times; those between two known times, before or behind all lie between places of known ones."""
        import numpy as np

        if self.values is None:
            found = np.clip(times, self.low, self.high) - (self.low - 1)
            found[times < self.low] = 0
            found[times > self.high] = self.width - 1
            return found
        found = np.searchsorted(self.values, times).astype(np.int64)
        found *= 2
        found += self.values[np.minimum(found // 2, len(self.values) - 1)] == times
        return found


@dataclass(frozen=True, slots=True)
class Keys:
    """Sorted numbers, made for searches of many at once: a coarse search first, then all take the fine steps together.

    So the processor waits for the memory of many searches at a time; numpy's own search goes for one after the other.

    Args:
        values: the numbers, with `BLOCK` of the greatest number behind them.
        count: how many they are.
        coarse: the last one of each `BLOCK`.
    """

    values: Numbers
    count: int
    coarse: Numbers

    @staticmethod
    def of(numbers: Numbers) -> Keys:
        """Return the keys of sorted numbers."""
        import numpy as np

        return Keys(np.concatenate((numbers, np.full(BLOCK, MOST))), len(numbers), numbers[BLOCK - 1 :: BLOCK].copy())

    def before(self, asked: Numbers, equal: bool) -> Numbers:
        """Return how many keys are less than each of some numbers, or not greater where `equal`; quickest for sorted ones."""
        import numpy as np

        found: Numbers = np.searchsorted(self.coarse, asked, "right" if equal else "left") * BLOCK
        less = np.less_equal if equal else np.less
        step = BLOCK // 2
        while step:
            found += less(self.values.take(found + (step - 1)), asked) * step
            step //= 2
        return np.minimum(found, self.count)


@dataclass(frozen=True, slots=True)
class Index:
    """The rows of a right side, one for each group and time.

    Args:
        sign: how times of the left side compare with these.
        times: how times become places; None where there is one group, and times are sorted as they are.
        keys: group and place of each row, or its time.
        starts: where each group begins, and the end of the last one.
        columns: what is kept of each row.
    """

    sign: str
    times: Times | None
    keys: Keys
    starts: Numbers
    columns: tuple[Array, ...]

    def search(self, groups: Numbers, times: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """Return for each group and time the number of the row that it finds, and whether there is one."""
        import numpy as np

        asked = times if self.times is None else groups * self.times.width + self.times.places(times)
        order = np.argsort(asked)  # neighbours find neighbours, so that the search stays within what the processor has at hand
        found = np.empty(len(asked), np.int64)
        found[order] = self.keys.before(asked[order], self.sign in (">=", "<"))
        if ">" not in self.sign:
            return found, found < self.starts[groups + 1]
        found -= 1
        return found, found >= self.starts[groups]


def make_index(shape: AsofIndex, rows: Array) -> tuple[Index, list[Array]]:
    """Return the index over rows, and the keys of its groups in the order of their numbers.

    Args:
        shape: of the rows.
        rows: structs of keys, time and columns; none of keys and times is null.
    """
    import numpy as np

    count = len(shape.keys)
    fields = [_searchable(one) for one in rows.flatten()]
    keys, columns = fields[:count], fields[count + 1 :]
    times = numbers(fields[count])
    groups, firsts = _groups(keys, len(rows))
    places = _times(times, len(firsts)) if keys and len(times) else None
    packed = times if places is None else groups * places.width + places.places(times)
    order = np.argsort(packed)
    packed = packed[order]
    packed, order = _settled(packed, order, [columns[one.place] for one in shape.order], shape.order)
    starts = np.array([0, len(packed)][: len(firsts) + 1])
    if places is not None:
        starts = np.searchsorted(packed, np.arange(len(firsts) + 1) * places.width)
    taken = pa.array(order)
    index = Index(shape.sign, places, Keys.of(packed), starts, tuple(one.take(taken) for one in columns))
    return index, [one.take(pa.array(firsts)) for one in keys]


def _searchable(array: Array) -> Array:
    """Return texts in a layout that pyarrow takes rows of, however long they are together; others as they are."""
    return array.cast(pa.large_string()) if pa.types.is_string(array.type) or pa.types.is_string_view(array.type) else array


def numbers(array: Array) -> Numbers:
    """Return values as whole numbers of the same order, as the engine orders them; those of nulls mean nothing.

    Floats are ordered as IEEE 754 has it (totalOrder), as the engine's comparisons do.
    """
    import numpy as np

    kind = array.type
    if not len(array):
        return np.empty(0, np.int64)
    data = array.buffers()[1]
    if pa.types.is_decimal(kind):
        wide = np.frombuffer(data, np.int64)[::2]  # of up to 18 digits the lower half is all
        return wide[array.offset : array.offset + len(array)].copy()
    name = {1: "i1", 2: "i2", 4: "i4", 8: "i8"}[kind.bit_width // 8]
    letter = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    found = np.frombuffer(data, letter + name[1:])[array.offset : array.offset + len(array)]
    if letter == "f":
        bits: Numbers = found.astype(np.float64).view(np.int64)
        ordered: Numbers = np.where(bits < 0, bits ^ MOST, bits)
        return ordered
    if letter == "u" and name == "i8":
        found = (found ^ np.uint64(1 << 63)).view(np.int64)
    whole: Numbers = found.astype(np.int64)
    return whole


def _groups(keys: Sequence[Array], rows: int) -> tuple[Numbers, Numbers]:
    """Return the number of each row's group, and a row of each group."""
    import numpy as np

    if not keys:
        return np.zeros(rows, np.int64), np.zeros(1, np.int64)
    found: Numbers | None = None
    count = 0
    for key in keys:
        encoded = (pa.array(numbers(key)) if pa.types.is_floating(key.type) else key).dictionary_encode()
        codes = encoded.indices.to_numpy().astype(np.int64)
        if found is not None:
            encoded = pa.array(found * len(encoded.dictionary) + codes).dictionary_encode()
            codes = encoded.indices.to_numpy().astype(np.int64)
        found, count = codes, len(encoded.dictionary)
    assert found is not None
    firsts = np.zeros(count, np.int64)
    firsts[found] = np.arange(rows)
    return found, firsts


def _times(times: Numbers, groups: int) -> Times:
    import numpy as np

    low, high = int(times.min()), int(times.max())
    width = high - low + 3
    if -MOST < low and width * groups <= MOST:
        return Times(low, high, None, width)
    values = np.unique(times)
    return Times(low, high, values, 2 * len(values) + 1)


def _settled(packed: Numbers, order: Numbers, ties: Sequence[Array], how: Sequence[Ordered]) -> tuple[Numbers, Numbers]:
    """Return one row for each group and time: of several the one that comes first in an order."""
    import numpy as np

    same = packed[1:] == packed[:-1]
    if not same.any():
        return packed, order
    first = np.concatenate(([True], ~same))
    kept = order[first]
    if how:
        runs = np.cumsum(first) - 1
        tied = np.flatnonzero(np.concatenate(([False], same)) | np.concatenate((same, [False])))
        rows = order[tied]
        keys = [key for one, array in zip(how, ties, strict=True) for key in _ranks(array.take(pa.array(rows)), one)]
        best = np.lexsort((*reversed(keys), runs[tied]))
        leads = np.concatenate(([True], runs[tied][best][1:] != runs[tied][best][:-1]))
        kept[runs[tied][best][leads]] = rows[best][leads]
    return packed[first], kept


def _ranks(array: Array, how: Ordered) -> tuple[Numbers, Numbers]:
    """Return numbers by which rows are ordered: whether each is null, and its rank."""
    import numpy as np

    nulls = array.is_null().to_numpy(zero_copy_only=False)
    kind = array.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        ranks = numbers(array)
    else:
        ranks = pc.rank(array, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    ranks = np.where(nulls, 0, ~ranks if how.descends else ranks)
    return (~nulls if how.nulls_first else nulls).astype(np.int64), ranks
