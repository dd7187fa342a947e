"""Owns the numbering of rows by equal values of some columns, over Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def grouped(columns: Sequence[Any], count: int) -> tuple[pa.Array[Any], pa.Array[Any]]:
    """Return of each of `count` rows the number of its group of equal values, and of each group its first row.

    Nulls are equal, and so are floats of the same bits.
    """
    codes: Any = pa.repeat(pa.scalar(0, pa.int64()), count)
    for column in columns:
        bits = column.view(pa.int64() if column.type.bit_width == 64 else pa.int32()) if pa.types.is_floating(column.type) else column
        found = bits.dictionary_encode(null_encoding="encode")
        # Numbered anew after each column, so that codes stay below the square of the number of files.
        codes = pc.add(pc.multiply(codes, max(len(found.dictionary), 1)), found.indices.cast(pa.int64()))
        codes = codes.dictionary_encode().indices.cast(pa.int64())
    rows = pa.table({"code": codes, "row": pa.array(range(count), pa.int64())})
    first = rows.group_by("code", use_threads=False).aggregate([("row", "min")]).sort_by("code")
    return codes, first["row_min"].combine_chunks()
