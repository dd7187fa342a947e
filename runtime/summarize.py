"""Owns the query that SUMMARIZE stands for: one row for each column, from one pass over the rows.

In: the text of a query and its columns. Out: SQL whose rows have the columns of DuckDB's
SUMMARIZE. Distinct values are estimated where the engine can, quartiles always.
"""

from __future__ import annotations

from ..dialect.types import DataType, Field, Schema, quote
from ..planner.literal import quote_text

NAMES = ("column_name", "column_type", "min", "max", "approx_unique", "avg", "std", "q25", "q50", "q75", "count", "null_percentage")
_TEXT, _NUMBER = "CAST(NULL AS VARCHAR)", "CAST(NULL AS DOUBLE)"
_NESTED = ("LIST", "STRUCT", "MAP")
_UNORDERED = (*_NESTED, "INTERVAL", "DURATION", "NULL")


def summary_text(query: str, columns: Schema) -> str:
    """Return SQL for the summary of a query with these columns."""
    structs = ", ".join(_struct(field) for field in columns)
    items = ", ".join(f"summary[{quote_text(name)}] AS {quote(name)}" for name in NAMES)
    return f"SELECT {items} FROM (SELECT unnest([{structs}]) AS summary FROM (\n{query}\n) AS summarized) AS columns"


def _struct(field: Field) -> str:
    column, type_ = quote(field.name), field.type
    low, middle, high = (_quartile(column, type_, part) for part in ("0.25", "0.5", "0.75"))
    values = (
        *(quote_text(field.name), quote_text(type_.sql()), _extreme("min", column, type_), _extreme("max", column, type_)),
        *(_distinct(column, type_), _mean("avg", column, type_), _mean("stddev", column, type_), low, middle, high),
        *("count(*)", f"CAST(round(100.0 * (count(*) - count({column})) / nullif(count(*), 0), 2) AS DECIMAL(9, 2))"),
    )
    return f"named_struct({', '.join(f'{quote_text(name)}, {value}' for name, value in zip(NAMES, values, strict=True))})"


def _extreme(call: str, column: str, type_: DataType) -> str:
    return _TEXT if type_.name in _UNORDERED else _shown(f"{call}({column})", type_)


def _shown(value: str, type_: DataType) -> str:
    if type_.name == "BYTEA":
        return f"encode({value}, 'hex')"
    text = f"CAST({value} AS VARCHAR)"
    return f"replace({text}, 'T', ' ')" if type_.name == "TIMESTAMP" else text


def _distinct(column: str, type_: DataType) -> str:
    if type_.name == "NULL":
        return "CAST(0 AS BIGINT)"
    if type_.name in (*_NESTED, "INTERVAL", "DURATION"):
        return f"count(DISTINCT {column})"
    if type_.name in ("DOUBLE", "FLOAT"):
        return f"approx_distinct(CAST({column} + 0.0 AS VARCHAR))"
    return f"approx_distinct({column})"


def _mean(call: str, column: str, type_: DataType) -> str:
    return f"{call}(CAST({column} AS DOUBLE))" if type_.is_number else _NUMBER


def _quartile(column: str, type_: DataType, part: str) -> str:
    if type_.is_number:
        finite = f" FILTER (WHERE abs({column}) < CAST('Infinity' AS DOUBLE))" if type_.name in ("DOUBLE", "FLOAT") else ""
        return f"CAST(approx_percentile_cont(CAST({column} AS DOUBLE), {part}){finite} AS VARCHAR)"
    through = _WHOLE.get(type_.name)
    if through is None:
        return _TEXT
    number = f"approx_percentile_cont(CAST(CAST({column} AS {through}) AS DOUBLE), {part})"
    return _shown(f"CAST(CAST(round({number}) AS {through}) AS {type_.sql()})", type_)


#: The whole numbers that stand for a time, through which its quartiles are estimated.
_WHOLE: dict[str, str] = {"DATE": "INT", "TIMESTAMP": "BIGINT"}
