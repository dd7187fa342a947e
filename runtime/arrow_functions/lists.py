"""Owns exact sums over the elements of lists, as Arrow arrays: integers and decimals never go through floating point."""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Array: TypeAlias = "pa.Array[Any]"


def exact_sum(values: Array) -> Array:
    """Return the sum of each list of whole numbers, `DECIMAL(38, 0)`; nulls add nothing, a list without a number gives null."""
    return _sums(values, pa.decimal128(38, 0))


def exact_sum_of_texts(values: Array, scales: Array) -> Array:
    """Return the sum of each list of decimals, which come and go as texts, with so many digits behind the point."""
    if not len(values):
        return pa.array([], pa.string())
    kind = pa.decimal128(38, scales[0].as_py())
    return pc.cast(_sums(pc.cast(values, pa.list_(kind)), kind), pa.string())


def _sums(values: Array, kind: pa.DataType) -> Array:
    table = pa.table({"list": pc.list_parent_indices(values), "value": pc.list_flatten(values)})
    found = table.group_by("list").aggregate([("value", "sum")])
    at = pc.index_in(pa.array(range(len(values)), pa.int64()), pc.cast(found["list"].combine_chunks(), pa.int64()))
    return pc.cast(found["value_sum"].combine_chunks(), kind).take(at)
