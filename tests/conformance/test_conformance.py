"""The conformance suite: every record gives the rows that DuckDB, Python or a committed file say, and every function has a file."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

import treadle
from tests.support.slt import Record, read_records
from tests.support.slt_check import check_record

HERE = Path(__file__).parent
FUNCTIONS = HERE / "functions"
RECORDS = [record for path in sorted(HERE.rglob("*.slt")) for record in read_records(path)]
FILES = sorted(FUNCTIONS.glob("*/*.slt"))


@cache
def references() -> Mapping[str, Any]:
    """Return what expressions in Python may name: everything public of the modules under `references/`."""
    found: dict[str, Any] = {}
    for path in sorted((HERE / "references").glob("*.py")):
        module = importlib.import_module(f"tests.conformance.references.{path.stem}")
        found |= {name: value for name, value in vars(module).items() if not name.startswith("_") and name != "annotations"}
    return found


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.path.relative_to(HERE).with_suffix('')}:{r.line}")
def test_record(record: Record, slt_project: treadle.Project, slt_duckdb: duckdb.DuckDBPyConnection, pytestconfig: pytest.Config) -> None:
    check_record(record, slt_project, slt_duckdb, bool(pytestconfig.getoption("--accept")), references())


def _pack_functions() -> Iterator[tuple[str, str]]:
    """Yield the pack and the name of every function of a pack."""
    packs = pytest.importorskip("treadle.planner.functions.packs")
    for pack in packs.PACKS:
        yield from ((pack.name, one.name) for one in pack.functions)


def test_every_function_of_a_pack_has_a_file_and_every_file_a_function() -> None:
    wanted = {f"{pack}/{name}.slt" for pack, name in _pack_functions()}
    found = {path.relative_to(FUNCTIONS).as_posix() for path in FILES}
    assert not wanted - found, f"write tests/conformance/functions/…: {sorted(wanted - found)}"
    assert not found - wanted, f"no pack has these: {sorted(found - wanted)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_file_of_a_function_calls_it_and_writes_rows_down(path: Path) -> None:
    records = list(read_records(path))
    literal = [one for one in records if one.expected and one.kind == "query"]
    assert literal, "no record has its rows behind ----"
    assert all(re.search(rf"\b{path.stem}\s*\(", one.sql, re.IGNORECASE) for one in literal), "a record does not call the function"
