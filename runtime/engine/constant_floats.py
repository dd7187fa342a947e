"""Owns the question whether the engine would take a float column of a Parquet file for a constant.

With `collect_statistics` it reads a column whose minimum is its maximum as that one value. NaN
is in no statistics, so `{1.5, NaN}` would come out as `{1.5, 1.5}`. The setting counts when the query is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...dialect.types import FLOATS, Field


def may_hide_nan(columns: Sequence[Field], paths: Iterable[str]) -> bool:
    """Say whether statistics would hide a NaN in some file; reads footers, 0.1 ms each, of local files until one does.

    Args:
        columns: what is read of the files; only floats at the top matter.
        paths: absolute paths or URLs; of what is not a readable local file the worst is assumed.
    """
    names = {column.name for column in columns if column.type.name in FLOATS}
    return bool(names) and any(_has_constant(path, names) for path in paths)


def _has_constant(path: str, names: set[str]) -> bool:
    if "://" in path:
        return True
    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return True
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    places = [at for at in range(footer.num_columns) if footer.schema.column(at).path in names]
    return bool(groups) and any(_is_constant([group.column(at).statistics for group in groups]) for at in places)


def _is_constant(statistics: Sequence[Any]) -> bool:
    """Say whether all row groups have one bound, the same one, and no nulls; without bounds there is no constant."""
    if not all(one is not None and one.has_min_max and not one.null_count for one in statistics):
        return False
    return len({bound for one in statistics for bound in (one.min, one.max)}) == 1
