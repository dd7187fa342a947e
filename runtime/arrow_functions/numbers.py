"""Owns functions of single numbers that the engine lacks, over Arrow arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Array: TypeAlias = "pa.Array[Any]"


def log1p(x: Array) -> Array:
    """Return the natural logarithm of one more, exact near 0; of -1 it is -infinity, below NaN."""
    return pc.log1p(x)


def expm1(x: Array) -> Array:
    """Return e to the power of a number, less one, exact near 0."""
    return pc.expm1(x)


def round_even(x: Array, digits: Array) -> Array:
    """Return numbers rounded to so many decimal places, halves to the even digit; null where the places are null."""
    if not len(x):
        return pa.array([], pa.float64())
    places = pc.unique(digits).to_pylist()
    if len(places) == 1 and places[0] is not None:
        return pc.round(x, ndigits=places[0], round_mode="half_to_even")
    rows = zip(x.to_pylist(), digits.to_pylist(), strict=True)
    return pa.array(
        [None if v is None or n is None else pc.round(v, ndigits=n, round_mode="half_to_even").as_py() for v, n in rows], pa.float64()
    )
