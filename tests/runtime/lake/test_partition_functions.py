"""Conditions over partition columns alone are computed by the engine, whatever functions they call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from treadle.dialect.types import INT
from treadle.planner.ports import FileSelection, ScalarFunction, SourceRef
from treadle.planner.spec import RuntimeProfile
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.lake import DeltaLake
from treadle.runtime.session import Session, open_session

DAYS = (dt.date(2013, 5, 1), dt.date(2013, 6, 1), None)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(RuntimeProfile(threads=2)) as opened:
        yield opened


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of nine files, partitioned by a day and a number: id 10 × day + number."""
    for at, day in enumerate(DAYS):
        columns = {"day": pa.array([day] * 3, pa.date32()), "n": pa.array(range(3), pa.int32()), "id": [10 * at + n for n in range(3)]}
        write_deltalake(str(tmp_path / "t"), pa.table(columns), mode="append", partition_by=["day", "n"])
    return tmp_path / "t"


def selected(lake: DeltaLake, session: Session, table: Path, condition: str, *functions: ScalarFunction) -> FileSelection:
    pin = lake.cut([SourceRef("delta", str(table))]).pins[0]
    need = DataFusionEngine(session).survey(f"SELECT * FROM r0 WHERE {condition}", {"r0": pin.schema}, {}, functions).needs[0]
    return lake.select(pin, need.columns, need.predicate)


@pytest.mark.parametrize(
    ("condition", "after_partitions", "files"),
    [
        ("extract(month FROM day) = 5", 3, 3),
        ("extract(month FROM day) = 5 AND id = 1", 3, 1),
        ("to_char(day, '%Y-%m') = '2013-06' AND n % 2 = 0", 2, 2),
        ("NOT (n % 2 = 0)", 3, 3),
        ("n % 2 = 1 OR id = 20", 9, 4),
        ("coalesce(extract(month FROM day), 0) < 6", 6, 6),
        ("day + INTERVAL '1 month' = DATE '2013-06-01'", 3, 3),
        ("abs(n) + id > 21", 9, 9),  # other columns as well: nobody can tell
        ("10 / n > 5", 9, 9),  # fails for a partition
        ("n = 1 AND 10 / n > 5", 3, 3),
    ],
)
def test_files_left(lake: DeltaLake, session: Session, table: Path, condition: str, after_partitions: int, files: int) -> None:
    found = selected(lake, session, table, condition)
    assert (found.after_partitions, len(found.files)) == (after_partitions, files)


def test_functions_of_the_users_own_are_not_called(lake: DeltaLake, session: Session, table: Path) -> None:
    theirs = ScalarFunction("python:mine", (INT,), INT, "IMMUTABLE")
    assert len(selected(lake, session, table, '"python:mine"(n) = 1', theirs).files) == 9


def test_functions_of_texts(lake: DeltaLake, session: Session, tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "t"), pa.table({"p": ["UK", "uk", None, "us"], "i": [1, 2, 3, 4]}), partition_by=["p"])
    found = selected(lake, session, tmp_path / "t", "lower(p) LIKE 'u%k'")
    assert sorted(str(file.partition[0][1].value) for file in found.files) == ["UK", "uk"]
