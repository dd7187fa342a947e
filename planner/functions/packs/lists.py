"""Owns the pack `lists`: aggregates over the elements of a list, exact where the engine would use floats, and parts of lists."""

from __future__ import annotations

from ....dialect.types import BIGINT, DOUBLE, VARCHAR, DataType, decimal, list_of
from ...ports import ScalarFunction
from .base import ArrowFunction, Function, Given, Pack, RewriteRefused, function
from .frames import BITS, FRAMES, SPREAD

WHOLE = decimal(38, 0)
SUM = ArrowFunction(ScalarFunction("treadle:list_sum", (list_of(WHOLE),), WHOLE, "IMMUTABLE"), "lists:exact_sum")
SUM_OF_TEXTS = ArrowFunction(
    ScalarFunction("treadle:list_sum_of_texts", (list_of(VARCHAR), BIGINT), VARCHAR, "IMMUTABLE"), "lists:exact_sum_of_texts"
)
RUN = ArrowFunction(ScalarFunction("treadle:longest_run", (list_of(VARCHAR),), BIGINT, "IMMUTABLE"), "lists:longest_run")
RUNS = ArrowFunction(ScalarFunction("treadle:run_lengths", (list_of(VARCHAR),), list_of(BIGINT), "IMMUTABLE"), "lists:run_lengths")
MOMENT = ArrowFunction(ScalarFunction("treadle:list_moment", (list_of(DOUBLE), VARCHAR), DOUBLE, "IMMUTABLE"), "lists:moment")
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


def run_texts(given_kind: DataType | None, parameter: str, values: str) -> str:
    """Return the texts of a sorted list's elements, which are equal where these are.

    Args:
        given_kind: of the elements; None where it is not known.
        parameter: to be named where they can't be compared by texts.
        values: SQL for the sorted list.
    """
    if given_kind is not None and given_kind.name in ("LIST", "STRUCT", "MAP", "BYTEA"):
        raise RewriteRefused(parameter, f"values of type {given_kind} are not counted by it", "GROUP BY them, and count(*)")
    return f"CAST({values} AS VARCHAR[])"


def most_common(sorted_: str, texts: str) -> str:
    """Return SQL for the element that a sorted list has most often, among several the least."""
    return f'array_element({sorted_}, "{RUN.shape.name}"({texts}))'


def counted(sorted_: str, texts: str) -> str:
    """Return SQL for the map of a sorted list's different elements to how often it has them."""
    distinct = f"array_sort(array_distinct({sorted_}), 'ASC', 'NULLS LAST')"
    return f'CASE WHEN {sorted_} IS NOT NULL THEN map({distinct}, "{RUNS.shape.name}"({texts})) END'


_SORTED = "array_sort(array_compact(array), 'ASC', 'NULLS LAST')"
_COUNT = "array_length(array_compact(array))"


def _mode(given: Given) -> str:
    return most_common(_SORTED, run_texts(element(given), "array", _SORTED))


def _histogram(given: Given) -> str:
    return counted(_SORTED, run_texts(element(given), "array", _SORTED))


def _spread(name: str, engine: str, what: str) -> Function:
    return function(
        f"list_{name}(array LIST) -> DOUBLE", f'"{SPREAD}"(CAST(array AS DOUBLE[]), \'{engine}\')',
        f"The {what} of a list's elements.", f"list_{name}(array => [1, 3])", "CAST(2 AS DOUBLE)" if name == "var_samp" else _SPREADS[name],
        nulls="null elements are left out; null where too few are left", arrow=(FRAMES[0],),
    )  # fmt: skip


_SPREADS = {"var_pop": "CAST(1 AS DOUBLE)", "stddev_samp": "sqrt(CAST(2 AS DOUBLE))", "stddev_pop": "CAST(1 AS DOUBLE)"}


def _bits(name: str, doc: str, gives: str) -> Function:
    return function(
        f"list_{name}(array LIST) -> BIGINT", f'"{BITS}"(CAST(array AS BIGINT[]), \'{name}\')',
        f"A list's elements joined by bitwise {doc}.", f"list_{name}(array => [6, 3])", gives, nulls=_NO_NUMBER, arrow=(FRAMES[2],),
    )  # fmt: skip


PACK = Pack(
    "lists",
    "Aggregates over the elements of a list, and parts of lists as Spark takes them.",
    (
        *(_sum(name) for name in ("list_sum", "array_sum")),
        *(_avg(name) for name in ("list_avg", "array_avg")),
        function(
            "list_median(array LIST) -> DOUBLE",
            f"(CAST({_SORTED}[({_COUNT} + 1) / 2] AS DOUBLE) + CAST({_SORTED}[{_COUNT} / 2 + 1] AS DOUBLE)) / 2",
            "The middle of a list's numbers, between the two in the middle of an even count.",
            "list_median(array => [1, 2, 3, 10, NULL])",
            "2.5",
            nulls=_NO_NUMBER,
        ),
        function(
            "list_mode(array LIST) -> ANY",
            _mode,
            "The element that a list has most often, among several the least.",
            "list_mode(array => ['b', 'a', 'b'])",
            "'b'",
            nulls="null elements are left out; null where none is left",
            arrow=(RUN,),
        ),
        function(
            "list_histogram(array LIST) -> MAP",
            _histogram,
            "The different elements of a list, each with how often it is there.",
            "list_histogram(array => ['b', 'a', 'b'])",
            "MAP {'a': 1, 'b': 2}",
            nulls="null elements are left out; a null list gives null",
            arrow=(RUNS,),
        ),
        _spread("var_samp", "var", "variance as a sample"),
        _spread("var_pop", "var_pop", "variance as a whole population"),
        _spread("stddev_samp", "stddev", "standard deviation as a sample"),
        _spread("stddev_pop", "stddev_pop", "standard deviation as a whole population"),
        _bits("bit_and", "AND", "2"),
        _bits("bit_or", "OR", "7"),
        _bits("bit_xor", "exclusive OR", "5"),
        function(
            "list_string_agg(array LIST) -> VARCHAR",
            "array_to_string(array, ',')",
            "A list's elements as texts with commas between them; `array_to_string` takes another delimiter.",
            "list_string_agg(array => ['a', NULL, 'b'])",
            "'a,b'",
            nulls="null elements are left out; a null list gives null",
        ),
        function(
            "sort_array(list LIST, ascending BOOLEAN = true) -> LIST",
            "CASE WHEN ascending THEN array_sort(list, 'ASC', 'NULLS FIRST') WHEN NOT ascending THEN array_sort(list, 'DESC', 'NULLS LAST')"
            " END",
            "A list in order as Spark has it: nulls first when it ascends, last when it descends.",
            "sort_array(list => [3, NULL, 1], ascending => false)",
            "[3, 1, NULL]",
        ),
        function(
            "slice(list LIST, start INTEGER, length INTEGER) -> LIST",
            "CASE WHEN start <> 0 AND length >= 0 AND list IS NOT NULL THEN"
            " CASE WHEN length = 0 OR start < 0 AND -start > array_length(list) THEN array_slice(list, 1, 0)"
            " WHEN start > 0 THEN array_slice(list, start, start + length - 1)"
            " ELSE array_slice(list, array_length(list) + start + 1, array_length(list) + start + length) END END",
            "So many elements from a place on, as Spark has it: from 1, or below zero from the end.",
            "slice(list => ['a', 'b', 'c', 'd'], start => -3, length => 2)",
            "['b', 'c']",
            nulls="null in any argument gives null, and so do a start of 0 and a length below 0",
        ),
        function(
            "elt(n INTEGER, value ANY...) -> ANY",
            "array_element(make_array(value), n)",
            "The nth of several values, from 1.",
            "elt(2, 'a', 'b', 'c')",
            "'b'",
            nulls="null in `n` gives null, and so does a place where no value is",
        ),
    ),
    renamed={
        "array_select": "list_select", "array_where": "list_where",
        "array_cosine_similarity": "list_cosine_similarity", "array_cosine_distance": "cosine_distance",
        "array_inner_product": "inner_product", "array_dot_product": "inner_product", "vector_cosine_distance": "cosine_distance",
        "vector_inner_product": "inner_product", "vector_l2_distance": "array_distance",
    },
)  # fmt: skip
