"""Owns the pack `numbers`: arithmetic that gives null instead of an error, bits, and other names of operators."""

from __future__ import annotations

from collections.abc import Callable

from ....dialect.types import BIGINT, DOUBLE
from ...ports import ScalarFunction
from .base import ArrowFunction, Given, Pack, function

LOG1P, EXPM1 = (
    ArrowFunction(ScalarFunction(f"treadle:{name}", (DOUBLE,), DOUBLE, "IMMUTABLE"), f"numbers:{name}") for name in ("log1p", "expm1")
)
ROUND_EVEN = ArrowFunction(ScalarFunction("treadle:round_even", (DOUBLE, BIGINT), DOUBLE, "IMMUTABLE"), "numbers:round_even")
_AS_INTEGERS = "a and b are integers; null where the result has no place in BIGINT."
_RADIUS = 6371.0
_POPCOUNT = (("1248", "a"), ("3569ac", "b"), ("7bde", "c"), ("f", "d"))
"""Hexadecimal digits by how many bits of them are set: one to four."""


def _quotient(given: Given) -> str:
    """Return the division of decimals as it is, of other numbers as DOUBLE; by 0 it is null."""
    kinds = [given.type(name) for name in ("a", "b")]
    exact = all(one is None or one.name == "DECIMAL" or one.is_integer for one in kinds)
    if exact and any(one is not None and one.name == "DECIMAL" for one in kinds):
        return "a / nullif(b, 0)"
    return "CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0)"


def _or_zero(also_null: bool) -> Callable[[Given], str]:
    def rewrite(given: Given) -> str:
        zero = "b = 0 OR b IS NULL" if also_null else "b = 0"
        return f"CASE WHEN a IS NOT NULL AND ({zero}) THEN 0 ELSE {_quotient(given)} END"

    return rewrite


def _exactly(operator: str) -> str:
    return f"TRY_CAST(CAST(a AS DECIMAL(38, 0)) {operator} CAST(b AS DECIMAL(38, 0)) AS BIGINT)"


def _set_bits() -> str:
    digits = "".join(one for one, _ in _POPCOUNT)
    letters = "".join(letter * len(one) for one, letter in _POPCOUNT)
    text = f"translate(to_hex(number), '{digits}0', '{letters}')"
    for letter, count in (("b", 2), ("c", 3), ("d", 4)):
        text = f"replace({text}, '{letter}', '{'a' * count}')"
    return f"length({text})"


def _two(name: str, operator: str, doc: str, example: str, gives: str):  # type: ignore[no-untyped-def]
    return function(f"{name}(a INTEGER, b INTEGER) -> INTEGER", f"a {operator} b", doc, f"{name}({example})", gives)


_SIDES = "low < high AND value < low OR low > high AND value > low"
_BEYOND = "low < high AND value >= high OR low > high AND value <= high"

PACK = Pack(
    "numbers",
    "Arithmetic of Spark, Snowflake and DuckDB that the engine has under no name.",
    (
        function(
            "try_divide(a NUMBER, b NUMBER) -> NUMBER",
            _quotient,
            "a by b, null by 0: exact of decimals, else DOUBLE.",
            "try_divide(a => 5, b => 2)",
            "2.5",
        ),
        function(
            "div0(a NUMBER, b NUMBER) -> NUMBER",
            _or_zero(False),
            "a by b, 0 where b is 0: exact of decimals, else DOUBLE.",
            "div0(a => 5, b => 0)",
            "CAST(0 AS DOUBLE)",
        ),
        function(
            "div0null(a NUMBER, b NUMBER) -> NUMBER",
            _or_zero(True),
            "a by b, 0 where b is 0 or null: exact of decimals, else DOUBLE.",
            "div0null(a => 5, b => NULL)",
            "CAST(0 AS DOUBLE)",
            nulls="null in `a` gives null",
        ),
        function(
            "try_add(a INTEGER, b INTEGER) -> BIGINT",
            _exactly("+"),
            f"The sum; {_AS_INTEGERS}",
            "try_add(a => 9223372036854775806, b => 1)",
            "9223372036854775807",
        ),
        function(
            "try_subtract(a INTEGER, b INTEGER) -> BIGINT",
            _exactly("-"),
            f"The difference; {_AS_INTEGERS}",
            "try_subtract(a => 5, b => 7)",
            "-2",
        ),
        function(
            "try_multiply(a INTEGER, b INTEGER) -> BIGINT",
            _exactly("*"),
            f"The product; {_AS_INTEGERS}",
            "try_multiply(a => 5, b => 7)",
            "35",
        ),
        function("mod(a NUMBER, b NUMBER) -> NUMBER", "a % b", "What is left of a by b, with the sign of a.", "mod(a => -7, b => 3)", "-1"),
        function(
            "pmod(a NUMBER, b NUMBER) -> NUMBER",
            "CASE WHEN a % b <> 0 AND (a % b < 0) <> (b < 0) THEN a % b + b ELSE a % b END",
            "What is left of a by b, with the sign of b.",
            "pmod(a => -7, b => 3)",
            "2",
        ),
        function("div(a NUMBER, b NUMBER) -> NUMBER", "a // b", "a by b, as `//`: its whole part.", "div(a => 7, b => 2)", "3"),
        function("square(x NUMBER) -> NUMBER", "x ** 2", "A number by itself.", "square(x => 3)", "9"),
        function("negative(x NUMBER) -> NUMBER", "-x", "A number with the other sign.", "negative(x => 3)", "-3"),
        function(
            "hypot(a NUMBER, b NUMBER) -> DOUBLE",
            "sqrt(CAST(a AS DOUBLE) * CAST(a AS DOUBLE) + CAST(b AS DOUBLE) * CAST(b AS DOUBLE))",
            "The length of the longest side of a right triangle.",
            "hypot(a => 3, b => 4)",
            "CAST(5 AS DOUBLE)",
        ),
        function(
            "isinf(x NUMBER) -> BOOLEAN",
            "abs(CAST(x AS DOUBLE)) = CAST('Infinity' AS DOUBLE)",
            "Whether a number is infinite.",
            "isinf(x => CAST('-Infinity' AS DOUBLE))",
            "true",
        ),
        function(
            "isfinite(x NUMBER) -> BOOLEAN",
            "abs(CAST(x AS DOUBLE)) < CAST('Infinity' AS DOUBLE)",
            "Whether a number is neither infinite nor NaN.",
            "isfinite(x => 1.5)",
            "true",
        ),
        function(
            "width_bucket(value NUMBER, low NUMBER, high NUMBER, buckets INTEGER) -> BIGINT",
            f"CASE WHEN value IS NULL OR low IS NULL OR high IS NULL OR buckets IS NULL OR low = high OR buckets < 1 THEN NULL"
            f" WHEN {_SIDES} THEN CAST(0 AS BIGINT) WHEN {_BEYOND} THEN CAST(buckets + 1 AS BIGINT)"
            " ELSE CAST(floor((CAST(value AS DOUBLE) - low) / nullif(CAST(high AS DOUBLE) - low, 0) * buckets) AS BIGINT) + 1 END",
            "The number, from 1, of the one of so many equal buckets between two bounds that a value falls into; 0 before the first, one"
            " more than there are behind the last.",
            "width_bucket(value => 5.35, low => 0.024, high => 10.06, buckets => 5)",
            "3",
            nulls="null in any argument, equal bounds and no bucket give null",
        ),
        function(
            "bit_count(number INTEGER) -> BIGINT",
            f"CAST({_set_bits()} AS BIGINT)",
            "How many bits of a number are set, below zero those of its two's complement in 64 bits.",
            "bit_count(number => 7)",
            "3",
        ),
        _two("xor", "^", "Two numbers joined by bitwise exclusive OR.", "a => 5, b => 3", "6"),
        _two("bitand", "&", "Two numbers joined by bitwise AND.", "a => 5, b => 3", "1"),
        _two("bitor", "|", "Two numbers joined by bitwise OR.", "a => 5, b => 3", "7"),
        function("bitnot(a INTEGER) -> INTEGER", "-1 - a", "A number with every bit turned round.", "bitnot(a => 5)", "-6"),
        function(
            "shiftleft(number INTEGER, places INTEGER) -> INTEGER",
            "number << places",
            "A number whose bits are moved to the left.",
            "shiftleft(number => 1, places => 4)",
            "16",
        ),
        function(
            "shiftright(number INTEGER, places INTEGER) -> INTEGER",
            "number >> places",
            "A number whose bits are moved to the right, the sign kept.",
            "shiftright(number => -16, places => 2)",
            "-4",
        ),
        function(
            "getbit(number INTEGER, place INTEGER) -> INTEGER",
            "(number >> place) & 1",
            "A bit of a number by its place, from 0 for the lowest.",
            "getbit(number => 5, place => 2)",
            "1",
        ),
        function(
            "log1p(x DOUBLE) -> DOUBLE",
            '"treadle:log1p"(x)',
            "The natural logarithm of one more than a number, exact near 0; NaN below -1.",
            "log1p(x => 0)",
            "0.0",
            arrow=(LOG1P,),
        ),
        function(
            "expm1(x DOUBLE) -> DOUBLE",
            '"treadle:expm1"(x)',
            "e to the power of a number, less one, exact near 0.",
            "expm1(x => 0)",
            "0.0",
            arrow=(EXPM1,),
        ),
        function(
            "round_even(x DOUBLE, places BIGINT = 0) -> DOUBLE",
            '"treadle:round_even"(x, places)',
            "A number rounded to so many decimal places, halves to the even digit, as bankers do.",
            "round_even(x => 2.5, places => 0)",
            "2.0",
            arrow=(ROUND_EVEN,),
        ),
        function("sec(x NUMBER) -> DOUBLE", "1 / cos(CAST(x AS DOUBLE))", "The secant of an angle in radians.", "sec(x => 0)", "1.0"),
        function("csc(x NUMBER) -> DOUBLE", "1 / sin(CAST(x AS DOUBLE))", "The cosecant of an angle.", "csc(x => pi() / 2)", "1.0"),
        function(
            "to_double(value ANY) -> DOUBLE",
            "CAST(value AS DOUBLE)",
            "A value as a DOUBLE; a text that is no number is an error when the query runs.",
            "to_double(value => '1.5')",
            "1.5",
        ),
        function(
            "try_to_double(value ANY) -> DOUBLE",
            "TRY_CAST(value AS DOUBLE)",
            "A value as a DOUBLE, null for a text that is no number.",
            "try_to_double(value => '1.5')",
            "1.5",
        ),
        function(
            "haversine(lat1 NUMBER, lon1 NUMBER, lat2 NUMBER, lon2 NUMBER) -> DOUBLE",
            f"2 * {_RADIUS} * asin(sqrt(power(sin(radians(lat2 - lat1) / 2), 2)"
            " + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lon2 - lon1) / 2), 2)))",
            f"The way between two places on a sphere with a radius of {_RADIUS:.0f} km, in km; latitudes and longitudes in degrees.",
            "haversine(lat1 => 0, lon1 => 0, lat2 => 0, lon2 => 180)",
            f"{_RADIUS} * 2 * asin(1.0)",
        ),
    ),
    renamed={
        "safe_divide": "try_divide",
        "bitxor": "xor", "bitcount": "bit_count", "bit_not": "bitnot", "bitwise_not": "bitnot", "bit_shiftleft": "shiftleft",
        "bit_shiftright": "shiftright", "fmod": "mod", "divide": "div", "negate": "negative", "bround": "round_even",
        "roundbankers": "round_even", "rint": "round_even",
        "bit_get": "getbit",
        "bitshiftleft": "shiftleft",
        "bitshiftright": "shiftright",
        "greatest_common_divisor": "gcd",
        "least_common_multiple": "lcm",
    },
)  # fmt: skip
