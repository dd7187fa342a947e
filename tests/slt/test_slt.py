"""Every sqllogictest record gives its rows through the project's own door: the ones written down, or DuckDB's over the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import treadle
from tests.support.slt import Record, read_records, rewrite
from tests.support.slt_lake import build, duckdb_over
from tests.support.slt_rows import Rows, alike, lines_of, rows_of, shown, sorted_rows, told, types_of
from treadle import TreadleError

RECORDS = [record for path in sorted(Path(__file__).parent.rglob("*.slt")) for record in read_records(path)]


@pytest.fixture(scope="session")
def slt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lake and the project of the records."""
    return build(tmp_path_factory.mktemp("slt"))


@pytest.fixture(scope="session")
def project(slt_root: Path) -> Iterator[treadle.Project]:
    """The project over that folder, one session for all records."""
    with treadle.open(slt_root) as opened:
        yield opened


@pytest.fixture(scope="session")
def duck(slt_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the same files."""
    with duckdb_over(slt_root) as connection:
        yield connection


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.path.stem}:{r.line}")
def test_record(record: Record, project: treadle.Project, duck: duckdb.DuckDBPyConnection, pytestconfig: pytest.Config) -> None:
    accept = bool(pytestconfig.getoption("--accept"))
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
    wanted = _duckdb(record, duck)
    assert alike(rows, wanted), f"{record.sql}\ntreadle:\n{shown(rows)}\nduckdb:\n{shown(wanted)}"
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
