"""Owns the pack `lists`: aggregates over the elements of a list, exact where the engine would go through floating point."""

from __future__ import annotations

from ....dialect.types import BIGINT, VARCHAR, DataType, decimal, list_of
from ...ports import ScalarFunction
from .base import ArrowFunction, Function, Given, Pack, function

WHOLE = decimal(38, 0)
SUM = ArrowFunction(ScalarFunction("treadle:list_sum", (list_of(WHOLE),), WHOLE, "IMMUTABLE"), "lists:exact_sum")
SUM_OF_TEXTS = ArrowFunction(
    ScalarFunction("treadle:list_sum_of_texts", (list_of(VARCHAR), BIGINT), VARCHAR, "IMMUTABLE"), "lists:exact_sum_of_texts"
)
_NARROW = ("TINYINT", "SMALLINT", "INT", "TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INT UNSIGNED")
"""Types of which a list would need more than two million elements before the engine's sum, a DOUBLE, is not exact."""
_NO_NUMBER = "null elements are left out; a null list, and one without a number, give null"


def element(given: Given, parameter: str = "array") -> DataType | None:
    """Return the type of a list's elements, None where it is not known or null alone."""
    kind = given.type(parameter)
    found = kind.fields[0].type if kind is not None and kind.fields else None
    return None if found is None or found.name == "NULL" else found


def _exact(kind: DataType, engine: str) -> str | None:
    """Return the exact sum of a list of integers or decimals, None for other elements."""
    if kind.name in _NARROW:
        return f"CAST({engine}(array) AS {WHOLE})"
    if kind.is_integer:
        return f'"{SUM.shape.name}"(CAST(array AS {WHOLE}[]))'
    if kind.name == "DECIMAL":
        return f'CAST("{SUM_OF_TEXTS.shape.name}"(CAST(array AS VARCHAR[]), {kind.scale}) AS DECIMAL(38, {kind.scale}))'
    return None


def _sum(name: str) -> Function:
    def rewrite(given: Given) -> str:
        kind = element(given)
        exact = None if kind is None else _exact(kind, name)
        if exact is None:
            return f"{name}(array)"
        return exact if kind is not None and kind.name == "DECIMAL" else f"CAST({exact} AS BIGINT)"

    return function(
        f"{name}(array LIST) -> NUMBER", rewrite,
        "The sum of a list's elements: BIGINT of integers, where more is an error, DECIMAL of decimals, else DOUBLE.",
        f"{name}(array => [9007199254740993, 1, NULL])", "9007199254740994",
        nulls=_NO_NUMBER, arrow=(SUM, SUM_OF_TEXTS),
    )  # fmt: skip


def _avg(name: str) -> Function:
    def rewrite(given: Given) -> str:
        kind = element(given)
        exact = None if kind is None else _exact(kind, name.replace("avg", "sum"))
        return f"{name}(array)" if exact is None else f"CAST({exact} AS DOUBLE) / array_length(array_compact(array))"

    return function(
        f"{name}(array LIST) -> DOUBLE", rewrite,
        "The mean of a list's elements, from their exact sum where they are integers or decimals.",
        f"{name}(array => [1, 2, NULL])", "1.5",
        nulls=_NO_NUMBER, arrow=(SUM, SUM_OF_TEXTS),
    )  # fmt: skip


PACK = Pack(
    "lists",
    "Aggregates over the elements of a list.",
    (*(_sum(name) for name in ("list_sum", "array_sum")), *(_avg(name) for name in ("list_avg", "array_avg"))),
)
