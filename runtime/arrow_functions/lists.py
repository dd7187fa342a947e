"""Owns what lists come to as Arrow arrays: exact sums, runs of equal elements, moments of their distribution."""

from __future__ import annotations

from itertools import groupby
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


def longest_run(values: Array) -> Array:
    """Return for each sorted list where its longest run of equal elements begins, from 1; of several the first."""
    return pa.array([None if row is None else _longest(row) for row in values.to_pylist()], pa.int64())


def run_lengths(values: Array) -> Array:
    """Return for each sorted list the lengths of its runs of equal elements, in order."""
    made = [None if row is None else [len(list(run)) for _, run in groupby(row)] for row in values.to_pylist()]
    return pa.array(made, pa.list_(pa.int64()))


def moment(values: Array, which: Array) -> Array:
    """Return `skew` or `kurtosis` of each list, of a whole population or, named `skew_sample` or `kurtosis_sample`, of a sample.

    Null where there are too few numbers (3 and 4 for samples), or all are equal.
    """
    if not len(values):
        return pa.array([], pa.float64())
    name, _, sample = which[0].as_py().partition("_")
    least = (3 if name == "skew" else 4) if sample else 1
    options = pc.SkewOptions(biased=not sample, min_count=least)
    table = pa.table({"list": pc.list_parent_indices(values), "value": pc.list_flatten(values)})
    found = table.group_by("list").aggregate([("value", name, options)])
    made = found[f"value_{name}"].combine_chunks()
    return pc.if_else(pc.is_nan(made), None, made).take(_rows(values, found))


def _longest(row: list[Any]) -> int | None:
    best, most, at = None, 0, 1
    for _, run in groupby(row):
        count = len(list(run))
        if count > most:
            best, most = at, count
        at += count
    return best


def _rows(values: Array, found: pa.Table) -> Array:
    """Return for each list the row of what was computed for it, null where nothing was."""
    return pc.index_in(pa.array(range(len(values)), pa.int64()), pc.cast(found["list"].combine_chunks(), pa.int64()))


def _sums(values: Array, kind: pa.DataType) -> Array:
    table = pa.table({"list": pc.list_parent_indices(values), "value": pc.list_flatten(values)})
    found = table.group_by("list").aggregate([("value", "sum")])
    return pc.cast(found["value_sum"].combine_chunks(), kind).take(_rows(values, found))
