"""Owns sums, differences and products of integers that don't wrap: beyond BIGINT they raise, and operations say where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Array: TypeAlias = "pa.Array[Any]"
_HALF = 32
BEYOND = "treadle: beyond its type: "
_TOLD = re.compile(re.escape(BEYOND) + r"(?P<view>[^|]*)\|(?P<start>\d+)\|(?P<end>\d+)\|(?P<text>.*?)\|(?P<type>[A-Z ]+)\|", re.DOTALL)


class Overflow(NamedTuple):
    """Where an expression stands that overflowed: its view, offsets in the view's text, the text itself, the type."""

    view: str
    start: int
    end: int
    text: str
    type: str


def add(left: Array, right: Array, place: Array) -> Array:
    """Return sums; raises `OverflowError` beyond BIGINT."""
    return _checked(pc.add_checked, left, right, place)


def subtract(left: Array, right: Array, place: Array) -> Array:
    """Return differences; raises `OverflowError` beyond BIGINT."""
    return _checked(pc.subtract_checked, left, right, place)


def multiply(left: Array, right: Array, place: Array) -> Array:
    """Return products; raises `OverflowError` beyond BIGINT."""
    return _checked(pc.multiply_checked, left, right, place)


def within(values: Array, least: Array, greatest: Array, place: Array) -> Array:
    """Return the values; raises `OverflowError` for one that does not lie between its bounds."""
    beyond = pc.any(pc.or_(pc.less(values, least), pc.greater(values, greatest))).as_py()
    if beyond:
        raise OverflowError(BEYOND + place[0].as_py())
    return values


def whole_sum(wrapped: Array, high: Array) -> Array:
    """Return sums of BIGINTs that have their place there; raises `OverflowError` for one that wrapped round.

    With W the wrapped sum, H that of the high halves and S the true one, S = H * 2^32 + L and 0 <= L < 2^64 for fewer than
    2^32 rows. So floor(W / 2^32) - H is in [0, 2^32) just where W is S, and tells elsewhere how often 2^64 is missing.
    """
    rounds = pc.shift_right(pc.subtract(pc.shift_right(wrapped, _HALF), high), _HALF)
    if pc.any(pc.not_equal(rounds, 0)).as_py():
        first = pc.indices_nonzero(pc.not_equal(rounds, 0))[0].as_py()
        raise OverflowError(f"value of {wrapped[first].as_py() - rounds[first].as_py() * 2**64} is out of range Int64")
    return wrapped


def _checked(compute: Callable[[Array, Array], Array], left: Array, right: Array, place: Array) -> Array:
    try:
        return compute(left, right)
    except pa.ArrowInvalid as problem:
        raise OverflowError(BEYOND + place[0].as_py()) from problem


def overflowed(message: str) -> Overflow | None:
    """Return what an engine's words say of an integer that overflowed, if they do."""
    found = _TOLD.search(message)
    return None if found is None else Overflow(found["view"], int(found["start"]), int(found["end"]), found["text"], found["type"])
