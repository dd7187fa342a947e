"""Owns the pack `aggregates`: those that neighbours have and the engine lacks, with ties and nulls defined."""

from __future__ import annotations

from .base import Given, Pack, function

_NO_NULLS = "rows with a null are left out; no rows give null"


def _extreme(name: str, word: str, engine: str, order: str, ties: str) -> tuple[str, str, str]:
    """Return the rewrite over groups, that over windows, and the sentence of an aggregate that picks a value by a key."""
    rows = "value IS NOT NULL AND order_key IS NOT NULL"
    known = "CASE WHEN order_key IS NOT NULL THEN value END"  # a FILTER would copy the rows that it leaves
    grouped = f"first_value({known} ORDER BY order_key {order} NULLS LAST, {known} {order} NULLS LAST) IGNORE NULLS"
    windowed = f"{engine}(CASE WHEN {rows} THEN named_struct('key', order_key, 'value', value) END)['value']"
    return grouped, windowed, f"The value of the row with the {word} key; among ties the {ties} value."


_MOST, _MOST_OVER, _MOST_DOC = _extreme("arg_max", "greatest", "max", "DESC", "greatest")
_LEAST, _LEAST_OVER, _LEAST_DOC = _extreme("arg_min", "least", "min", "ASC", "least")


def _listed(given: Given) -> str:
    """Return the engine's own over texts; what is none becomes one, as DuckDB, Oracle and Snowflake have it."""
    kind = given.type("value")
    return "string_agg(value, delimiter)" if kind is None or kind.name == "VARCHAR" else "string_agg(CAST(value AS VARCHAR), delimiter)"


_KNOWN = "value IS NOT NULL AND ts <= target_ts"

PACK = Pack(
    "aggregates",
    "Aggregates whose result doesn't depend on the order of rows: ties and nulls are settled.",
    (
        function(
            "arg_max(value ANY, order_key ANY) -> ANY", _MOST, _MOST_DOC, "arg_max(value => s, order_key => n % 3)", "'UA'",
            nulls=_NO_NULLS, kind="aggregate", over=_MOST_OVER,
        ),
        function(
            "arg_min(value ANY, order_key ANY) -> ANY", _LEAST, _LEAST_DOC, "arg_min(value => s, order_key => n)", "'UA'",
            nulls=_NO_NULLS, kind="aggregate", over=_LEAST_OVER,
        ),
        function(
            "asof_select(value ANY, ts ANY, target_ts ANY) -> ANY",
            f"first_value(value ORDER BY ts DESC NULLS LAST, value DESC NULLS LAST) FILTER (WHERE {_KNOWN})",
            "The value of the row with the greatest `ts` that is not after `target_ts`; among ties the greatest value.",
            "asof_select(value => s, ts => n, target_ts => 4)", "'DL'",
            nulls=_NO_NULLS, kind="aggregate",
            over=f"max(CASE WHEN {_KNOWN} THEN named_struct('key', ts, 'value', value) END)['value']",
        ),
        function(
            "any_value_det(value ANY) -> ANY", "min(value)",
            "Any value, and always the same one: the least.", "any_value_det(value => s)", "'AA'",
            nulls=_NO_NULLS, kind="aggregate",
        ),
        function(
            "count_if(condition BOOLEAN) -> BIGINT", "count(CASE WHEN condition THEN 1 END)",
            "How many rows meet a condition.", "count_if(condition => b)", "3",
            nulls="null counts as not met; no rows give 0", kind="aggregate",
        ),
        function(
            "count_distinct_agg(value ANY) -> BIGINT", "count(DISTINCT value)",
            "How many different values there are.", "count_distinct_agg(value => s)", "3",
            nulls="null is no value; no rows give 0", kind="aggregate",
        ),
        function(
            "list_unique(value ANY) -> LIST", "array_sort(array_agg(DISTINCT value) FILTER (WHERE value IS NOT NULL), 'ASC', 'NULLS LAST')",
            "The different values of a group as a sorted list; of a list it is how many different elements that has.",
            "list_unique(value => s)", "['AA', 'DL', 'UA']",
            nulls=_NO_NULLS, kind="aggregate",
        ),
        function(
            "collect_set(value ANY) -> LIST",
            "coalesce(array_sort(array_agg(DISTINCT value) FILTER (WHERE value IS NOT NULL), 'ASC', 'NULLS LAST'), make_array())",
            "The different values of a group as a sorted list, which may be empty.", "collect_set(value => k)", "['a', 'b']",
            nulls="nulls are left out; no rows give an empty list", kind="aggregate",
        ),
        function(
            "geomean(x DOUBLE) -> DOUBLE",
            "exp(avg(ln(x)))",
            "The geometric mean of positive numbers.",
            "geomean(x => n / n)",
            "1.0",
            nulls=_NO_NULLS,
            kind="aggregate",
        ),
        function(
            "string_agg(value ANY, delimiter VARCHAR = ',') -> VARCHAR", _listed,
            "Texts put together with a delimiter between them; in what order, `ORDER BY` behind them says.",
            "string_agg(value => s, delimiter => '/')", "'UA/AA/DL/UA'",
            nulls=_NO_NULLS, kind="aggregate",
        ),
        function(
            "group_concat(value ANY, delimiter VARCHAR = ',') -> VARCHAR", _listed,
            "Texts put together, as MySQL and SQLite call it.", "group_concat(value => k, delimiter => '')", "'aabb'",
            nulls=_NO_NULLS, kind="aggregate",
        ),
        function(
            "listagg(value ANY, delimiter VARCHAR = '') -> VARCHAR", _listed,
            "Texts put together, as Oracle, Snowflake and Redshift call it.", "listagg(value => k, delimiter => '-')", "'a-a-b-b'",
            nulls=_NO_NULLS, kind="aggregate",
        ),
    ),
    renamed={"max_by": "arg_max", "min_by": "arg_min", "argmax": "arg_max", "argmin": "arg_min", "geometric_mean": "geomean",
             "countif": "count_if"},
)  # fmt: skip
