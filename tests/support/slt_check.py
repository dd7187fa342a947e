"""Owns how one sqllogictest record is held to its rows: those written down, DuckDB's over the same files, or Python's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

import treadle
from tests.support.slt import Record, rewrite
from tests.support.slt_rows import Rows, alike, lines_of, rows_of, shown, sorted_rows, text_rows, told, types_of
from treadle import TreadleError


def check_record(
    record: Record, project: treadle.Project, duck: duckdb.DuckDBPyConnection, accept: bool, references: Mapping[str, Any] | None = None
) -> None:
    """Ask a record's query through the project's own door and assert that its rows, types or error are those expected.

    Args:
        record: the record.
        project: treadle over the records' lake.
        duck: DuckDB over the same files.
        accept: whether other rows and types are written into the record's file instead.
        references: what expressions in Python may name.
    """
    types, lines = _asked(record, project)
    if record.kind == "error":
        _expect_error(record, types, lines, accept)
        return
    assert types is not None, "\n".join([record.sql, *lines])
    if record.kind == "ok":
        return
    rows = sorted_rows([line.split("\t") for line in lines], record.sort)
    if record.expected is not None:
        _expect_rows(record, types, rows, accept)
        return
    wanted, who = (_python(record, references or {}), "python") if record.reference else (_duckdb(record, duck), "duckdb")
    assert alike(rows, wanted), f"{record.sql}\ntreadle:\n{shown(rows)}\n{who}:\n{shown(wanted)}"
    if types != record.types:
        assert accept, f"{record.sql}\nthe columns are {types}"
        rewrite(record, types, ())


def _asked(record: Record, project: treadle.Project) -> tuple[str | None, list[str]]:
    """Return the letters and the rows of a query, or None and what its error says."""
    try:
        table = project.query(record.sql, **record.values).to_arrow()
    except TreadleError as problem:
        return None, told(problem)
    return types_of(table.schema), lines_of(rows_of(table))


def _duckdb(record: Record, duck: duckdb.DuckDBPyConnection) -> Rows:
    return sorted_rows(rows_of(duck.execute(record.spelling, record.values or None).to_arrow_table()), record.sort)


def _python(record: Record, references: Mapping[str, Any]) -> Rows:
    made = eval(record.reference, dict(references))
    return sorted_rows(text_rows(made), record.sort)


def _expect_rows(record: Record, types: str, rows: Rows, accept: bool) -> None:
    lines = tuple(lines_of(rows))
    if (lines, types) == (record.expected, record.types):
        return
    assert accept, f"{record.sql}\n{types}\n{shown(rows)}\nexpected:\n{record.types}\n" + "\n".join(record.expected or ())
    rewrite(record, types, lines)


def _expect_error(record: Record, types: str | None, lines: list[str], accept: bool) -> None:
    assert types is None, f"{record.sql}\nis no error"
    if tuple(lines) != record.expected:
        assert accept, "\n".join([record.sql, *lines, "expected:", *(record.expected or ())])
        rewrite(record, "", lines)
