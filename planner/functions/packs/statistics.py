"""Owns the pack `statistics`: how the values of a group are spread, with ties, small groups and orders settled."""

from __future__ import annotations

from .base import Function, Given, Pack, function
from .lists import MOMENT, RUN, RUNS, counted, most_common, run_texts

_NO_NULLS = "rows with a null are left out; no rows give null"
_VALUES = "array_sort(array_agg(value) FILTER (WHERE value IS NOT NULL), 'ASC', 'NULLS LAST')"
"""The values of a group in their order, so that nothing depends on that of rows."""


def _values(given: Given) -> str:
    """Return the same of floats without the sign of zeros."""
    kind = given.type("value")
    plain = kind is None or kind.name not in ("FLOAT", "DOUBLE")
    return _VALUES if plain else _VALUES.replace("array_agg(value)", f"array_agg(value + CAST(0 AS {kind}))")


def _mode(given: Given) -> str:
    values = _values(given)
    return most_common(values, run_texts(given.type("value"), "value", values))


def _histogram(given: Given) -> str:
    values = _values(given)
    return counted(values, run_texts(given.type("value"), "value", values))


def _moment(name: str, which: str, doc: str, example: str, gives: str) -> Function:
    return function(
        f"{name}(value DOUBLE) -> DOUBLE", f'"{MOMENT.shape.name}"({_VALUES}, \'{which}\')', doc, f"{name}(value => {example})", gives,
        nulls="rows with a null are left out; too few rows, and equal values, give null", kind="aggregate", arrow=(MOMENT,),
    )  # fmt: skip


PACK = Pack(
    "statistics",
    "How the values of a group are spread. They hold the values of a group together, as `median` does.",
    (
        function(
            "mode(value ANY) -> ANY", _mode, "The most frequent value, among several the least.", "mode(value => s)", "'UA'",
            nulls=_NO_NULLS, kind="aggregate", arrow=(RUN,),
        ),
        function(
            "histogram(value ANY) -> MAP", _histogram, "The different values, each with how often it is there.",
            "histogram(value => k)", "MAP {'a': 2, 'b': 2}",
            nulls=_NO_NULLS, kind="aggregate", arrow=(RUNS,),
        ),
        function(
            "percentile_disc(value ANY, percentile NUMBER) -> ANY",
            f"array_element({_VALUES}, CASE WHEN percentile >= 0 AND percentile <= 1 THEN greatest(1,"
            f" CAST(ceil(CAST(percentile AS DECIMAL(20, 15)) * array_length({_VALUES})) AS BIGINT)) END)",
            "The least value that at least a share of the values doesn't exceed; also `(percentile) WITHIN GROUP (ORDER BY value)`.",
            "percentile_disc(value => n, percentile => 0.5)", "2",
            nulls="rows with a null are left out; no rows, and a share below 0 or above 1, give null", kind="aggregate",
        ),
        function(
            "approx_percentile(value NUMBER, percentile DOUBLE) -> NUMBER", "approx_percentile_cont(value, percentile)",
            "About the value below which a share of the values lies, by t-digest; exactly under OVER.",
            "approx_percentile(value => x, percentile => 1.0)", "4.5",
            nulls=_NO_NULLS, over="percentile_cont(value, percentile)", kind="aggregate",
        ),
        function(
            "product(value DOUBLE) -> DOUBLE", f"array_product({_VALUES})", "All values multiplied.", "product(value => n)", "30.0",
            nulls=_NO_NULLS, kind="aggregate",
        ),
        function(
            "weighted_avg(value NUMBER, weight NUMBER) -> DOUBLE",
            "sum(CAST(value AS DOUBLE) * weight) / nullif(sum(CASE WHEN value IS NOT NULL THEN CAST(weight AS DOUBLE) END), 0)",
            "The mean of values, each counted by its weight.", "weighted_avg(value => x, weight => n)", "40.0 / 11",
            nulls="rows with a null are left out; no rows, and weights that add up to 0, give null", kind="aggregate",
        ),
        _moment("skewness_pop", "skew", "How far values lean to one side, of a whole population, as Spark's `skewness`.", "x", "0.0"),
        _moment(
            "skewness_samp", "skew_sample", "The same of a sample, as `skewness` in DuckDB and `skew` in Snowflake.", "x", "0.0"
        ),
        _moment("kurtosis_pop", "kurtosis", "How heavy the ends of values are beside a normal distribution's, which gives 0, of a whole"
                " population, as Spark's `kurtosis`.", "nullif(n, 5)", "-1.5"),
        _moment(
            "kurtosis_samp", "kurtosis_sample", "The same of a sample, as `kurtosis` in DuckDB and Snowflake.", "iff(n = 1, 1, 0)", "4.0"
        ),
    ),
    renamed={"approx_quantile": "approx_percentile", "percentile_approx": "approx_percentile", "quantile_disc": "percentile_disc",
             "skew": "skewness_samp"},
)  # fmt: skip
