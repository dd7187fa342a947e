"""Owns the functions `keep` and `find` of ASOF joins while a query runs: the indexes that it keeps, until its last run ends.

An index is made once for each time that the engine comes to a join's right side. It goes by a number, which the number of each group
holds in its upper half.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from ...planner.asof_index import AsofIndex, indexes
from .arrow_types import arrow_type
from .user_functions import user_function

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..session import Session
    from .asof_index import Index

Array: TypeAlias = "pa.Array[Any]"
BITS = 32


@dataclass(slots=True)
class KeptIndexes:
    """The indexes that runs of one planned query keep; safe to use from threads."""

    _kept: dict[int, Index] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _runs: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def hold(self, run: object) -> Callable[[], object]:
        """Keep what a run keeps until the run is gone or the returned function is called; the last one leaves nothing behind."""
        with self._lock:
            self._runs += 1
        return weakref.finalize(run, self._leave)

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs:
                self._kept.clear()

    def keep(self, shape: AsofIndex, lists: Array) -> Array:
        """Keep the rows of each list, and return its groups."""
        import numpy as np

        from .asof_index import make_index

        item = arrow_type(shape.keep.returns).value_field
        made, offsets = [], [0]
        for at in range(len(lists)):
            index, keys = make_index(shape, lists.slice(at, 1).flatten())
            number = next(self._numbers)
            self._kept[number] = index
            groups = (number << BITS) + np.arange(len(index.starts) - 1)
            arrays = [pa.array(groups), *(_typed(one, field.type) for one, field in zip(keys, list(item.type)[1:], strict=True))]
            made.append(pa.StructArray.from_arrays(arrays, fields=list(item.type)))
            offsets.append(offsets[-1] + len(groups))
        values = pa.concat_arrays(made) if made else pa.array([], item.type)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, pa.list_(item))

    def find(self, shape: AsofIndex, groups: Array, times: Array) -> Array:
        """Return the row that each group's number and time finds; one without `hit` where there is none."""
        import numpy as np

        from .asof_index import numbers

        item = arrow_type(shape.find.returns)
        known = np.ones(len(groups), bool)
        for one in (groups, times):
            if one.null_count:
                known &= one.is_valid().to_numpy(zero_copy_only=False)
        at, asked = numbers(groups), numbers(times)
        chosen, rest = at >> BITS, at & ((1 << BITS) - 1)
        if len(at) and known.all() and (chosen == chosen[0]).all():
            return _rows(self._kept[int(chosen[0])], rest, asked, item)
        order = [np.flatnonzero(~known)]
        parts = [_nothing(len(order[0]), item)]
        for number in np.unique(chosen[known]).tolist():
            order.append(np.flatnonzero(known & (chosen == number)))
            parts.append(_rows(self._kept[number], rest[order[-1]], asked[order[-1]], item))
        places = np.empty(len(at), np.int64)
        places[np.concatenate(order)] = np.arange(len(at))
        return pa.concat_arrays(parts).take(pa.array(places))


def _rows(index: Index, groups: NDArray[np.int64], times: NDArray[np.int64], item: pa.StructType) -> Array:
    """Return the rows that groups and times find in one index."""
    found, hit = index.search(groups, times)
    rows = pa.array(found, mask=~hit)
    columns = [_typed(one.take(rows), field.type) for one, field in zip(index.columns, list(item)[1:], strict=True)]
    return pa.StructArray.from_arrays([pa.array(hit), *columns], fields=list(item))


def _nothing(count: int, item: pa.StructType) -> Array:
    """Return rows that found none."""
    missed = pa.array([False]).take(pa.nulls(count, pa.int64()).fill_null(0))
    return pa.StructArray.from_arrays([missed, *(pa.nulls(count, field.type) for field in list(item)[1:])], fields=list(item))


def _typed(array: Array, kind: pa.DataType) -> Array:
    return array if array.type.equals(kind) else array.cast(kind)


def know_indexes(session: Session, sql: str) -> KeptIndexes | None:
    """Make the functions of ASOF joins that a text calls known to a session; None where it calls none."""
    found = indexes(sql)
    if not found:
        return None
    kept = KeptIndexes()
    for shape in found:
        calls: tuple[Callable[..., Array], Callable[..., Array]] = (partial(kept.keep, shape), partial(kept.find, shape))
        for function, call in zip((shape.keep, shape.find), calls, strict=True):
            session.teach(function.name, user_function(function, call))
    return kept
