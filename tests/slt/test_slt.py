"""Every sqllogictest record gives its rows through the project's own door: the ones written down, or DuckDB's over the same files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import treadle
from tests.support.slt import Record, read_records
from tests.support.slt_check import check_record

RECORDS = [record for path in sorted(Path(__file__).parent.rglob("*.slt")) for record in read_records(path)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.path.stem}:{r.line}")
def test_record(record: Record, slt_project: treadle.Project, slt_duckdb: duckdb.DuckDBPyConnection, pytestconfig: pytest.Config) -> None:
    check_record(record, slt_project, slt_duckdb, bool(pytestconfig.getoption("--accept")))
