"""Owns the pack `conditions`: choices by nulls and conditions under the names that neighbouring systems have for them."""

from __future__ import annotations

from collections.abc import Callable

from .base import Given, Pack, function


def _decode(given: Given) -> str:
    """Return CASE with a pair of search and result for each two further arguments, and a last one alone as the default."""
    more = given.names("more")
    pairs = [("search", "result"), *zip(more[::2], more[1::2], strict=False)]
    cases = " ".join(f"WHEN value IS NOT DISTINCT FROM {search} THEN {result}" for search, result in pairs)
    return f"CASE {cases}{f' ELSE {more[-1]}' if len(more) % 2 else ''} END"


def _unless_null(name: str) -> Callable[[Given], str]:
    def rewrite(given: Given) -> str:
        known = " AND ".join(f"{one} IS NOT NULL" for one in ("first", *given.names("other")))
        return f"CASE WHEN {known} THEN {name}(first, other) END"

    return rewrite


def _unless_equal(given: Given) -> str:
    """Return the engine's own; to it -0.0 and 0.0 differ, other than to `=`, so that sums with 0 take their signs away."""
    kinds = [given.type(name) for name in ("expression1", "expression2")]
    if not any(kind is not None and kind.name in ("FLOAT", "DOUBLE") for kind in kinds):
        return "nullif(expression1, expression2)"
    sides = (
        f"{name} + CAST(0 AS {kind})" if kind is not None and kind.name in ("FLOAT", "DOUBLE") else name
        for name, kind in zip(("expression1", "expression2"), kinds, strict=True)
    )
    return f"nullif({', '.join(sides)})"


PACK = Pack(
    "conditions",
    "Choices by nulls and by conditions, under their names in Snowflake, Spark and DuckDB.",
    (
        function(
            "isnull(value ANY) -> BOOLEAN",
            "value IS NULL",
            "Whether a value is null.",
            "isnull(value => 1)",
            "false",
            nulls="null gives true",
        ),
        function(
            "isnull(value ANY, otherwise ANY) -> ANY",
            "coalesce(value, otherwise)",
            "The value, or another one where it is null.",
            "isnull(value => NULL, otherwise => 2)",
            "2",
            nulls="null in both gives null",
        ),
        function(
            "isnotnull(value ANY) -> BOOLEAN",
            "value IS NOT NULL",
            "Whether a value is not null.",
            "isnotnull(value => 1)",
            "true",
            nulls="null gives false",
        ),
        function(
            "iff(condition BOOLEAN, yes ANY, no ANY) -> ANY",
            "CASE WHEN condition THEN yes ELSE no END",
            "One value where a condition is true, else the other.",
            "iff(condition => 1 < 2, yes => 'a', no => 'b')",
            "'a'",
            nulls="a null condition counts as false",
        ),
        function(
            "zeroifnull(number NUMBER) -> NUMBER",
            "coalesce(number, 0)",
            "The number, 0 for null.",
            "zeroifnull(number => 5)",
            "5",
            nulls="null gives 0",
        ),
        function(
            "nullifzero(number NUMBER) -> NUMBER",
            "CASE WHEN number <> 0 THEN number END",
            "The number, null for 0.",
            "nullifzero(number => 5)",
            "5",
        ),
        function(
            "nullif(expression1 ANY, expression2 ANY) -> ANY",
            _unless_equal,
            "The first value, null where the second equals it; -0.0 equals 0.0.",
            "nullif(expression1 => 1, expression2 => 2)",
            "1",
            nulls="null in `expression1` gives null",
        ),
        function(
            "equal_null(a ANY, b ANY) -> BOOLEAN",
            "a IS NOT DISTINCT FROM b",
            "Whether two values are equal, nulls too.",
            "equal_null(a => NULL, b => NULL)",
            "true",
            nulls="null equals null and nothing else",
        ),
        function(
            "decode(value ANY, search ANY, result ANY, more ANY...) -> ANY",
            _decode,
            "The result behind the first search value that equals a value, nulls too; a last argument alone is the default, else null.",
            "decode(2, 1, 'one', 2, 'two', 'many')",
            "'two'",
            nulls="null is found by a null to search for",
        ),
        function(
            "booland(a BOOLEAN, b BOOLEAN) -> BOOLEAN",
            "a AND b",
            "Whether both conditions are true.",
            "booland(a => true, b => false)",
            "false",
            nulls="as AND: null, or false where the other is false",
        ),
        function(
            "boolor(a BOOLEAN, b BOOLEAN) -> BOOLEAN",
            "a OR b",
            "Whether a condition of the two is true.",
            "boolor(a => true, b => false)",
            "true",
            nulls="as OR: null, or true where the other is true",
        ),
        function(
            "boolxor(a BOOLEAN, b BOOLEAN) -> BOOLEAN",
            "a <> b",
            "Whether just one of the two conditions is true.",
            "boolxor(a => true, b => false)",
            "true",
        ),
        function(
            "boolnot(condition BOOLEAN) -> BOOLEAN",
            "NOT condition",
            "Whether a condition is false.",
            "boolnot(condition => true)",
            "false",
        ),
        function(
            "greatest_or_null(first ANY, other ANY...) -> ANY",
            _unless_null("greatest"),
            "The greatest of several values, null where one of them is; `greatest` itself, as in DuckDB and PostgreSQL, leaves nulls out.",
            "greatest_or_null(1, 3, 2)",
            "3",
        ),
        function(
            "least_or_null(first ANY, other ANY...) -> ANY",
            _unless_null("least"),
            "The least of several values, null where one of them is; `least` itself leaves nulls out.",
            "least_or_null(2, 1, 3)",
            "1",
        ),
    ),
    renamed={"if": "iff", "greatest_ignore_nulls": "greatest", "least_ignore_nulls": "least"},
)
