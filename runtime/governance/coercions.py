"""Owns the probe of coercion, of all kinds of functions: arguments of other types, and whether the plan casts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from ...planner.ports import EngineRefusal
from .hooks import Found, observed, refuted, unseen
from .subjects import Subject


def coerces(subject: Subject, cases: Sequence[tuple[int, pa.DataType]], attempt: Callable[[int, str], str]) -> Found:
    """Return whether a function casts arguments of other types.

    Args:
        subject: the function.
        cases: places of arguments with their types.
        attempt: plans a call with an argument of another type, and returns the plan as text.
    """
    if not cases:
        return unseen("it takes constants alone" if subject.arguments else "it has no arguments")
    refusals, plain = [], []
    for at, kind in cases:
        for other in others(kind):
            try:
                plan = attempt(at, other)
            except EngineRefusal:
                refusals.append((at, other))
                continue
            if _casts(plan):
                return observed(f"argument {at + 1} may be {other}: it is cast", subject.layer)
            plain.append((at, other))
    if refusals:
        at, other = refusals[0]
        return refuted(f"argument {at + 1} may not be {other}")
    return unseen(f"it takes other types as they are, such as {plain[0][1]}" if plain else "no other type is near those that it takes")


def _casts(plan: str) -> bool:
    """Say whether a plan casts an argument again, which the probe has cast once."""
    return plan.count("CAST(") > 1


def others(kind: pa.DataType) -> tuple[str, ...]:
    """Return types near a type, narrower ones first, as the engine writes them."""
    tests: tuple[tuple[Callable[[pa.DataType], bool], tuple[str, ...]], ...] = (
        (pa.types.is_integer, ("Int16", "Float64", "Utf8")),
        (pa.types.is_floating, ("Int32", "Float32", "Decimal128(10, 2)", "Utf8")),
        (pa.types.is_decimal, ("Int32", "Float64")),
        (pa.types.is_boolean, ("Utf8",)),
        (pa.types.is_string, ("LargeUtf8", "Utf8View", "Int64")),
        (pa.types.is_string_view, ("LargeUtf8", "Utf8", "Int64")),
        (pa.types.is_date, ("Timestamp(µs)", "Utf8")),
        (pa.types.is_timestamp, ("Date32", "Utf8")),
        (pa.types.is_list, ("LargeList(Int64)", "List(Int32)")),
    )
    return next((found for test, found in tests if test(kind)), ())
