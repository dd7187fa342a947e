"""The flights example does what the demo says: it checks, plans, runs, repeats, and its answers are the data's."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

import treadle
from tests.support import flights

LEFT, WITHDRAWN = 328_521, 8_255


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = flights.copy_project(tmp_path_factory.mktemp("flights"))
    flights.build_lake(root / "lake")
    return root


@pytest.fixture(scope="module")
def project(root: Path) -> treadle.Project:
    project = treadle.open(root)
    run = project.run()
    assert run.receipt.status == "done", run.diagnostics
    return project


def _rows(project: treadle.Project, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = project.query(sql).to_arrow().to_pylist()
    return rows


def test_it_has_nothing_to_complain_about(root: Path) -> None:
    assert not treadle.open(root).check()


def test_every_flight_is_counted_once(project: treadle.Project, root: Path) -> None:
    days = DeltaTable(root / "out" / "late_by_day")
    rows = days.to_pyarrow_table().to_pylist()
    assert len(rows) == 365 and sum(row["flights"] for row in rows) == LEFT
    assert days.metadata().partition_columns == ["month"]


def test_a_repeat_writes_nothing(project: treadle.Project, root: Path) -> None:
    before = DeltaTable(root / "out" / "late_by_day").version()
    assert {o.state for o in project.run().receipt.outputs} == {"repeat"}
    assert DeltaTable(root / "out" / "late_by_day").version() == before


def test_the_change_feed_tells_what_was_withdrawn_and_corrected(project: treadle.Project) -> None:
    (withdrawn,) = _rows(project, "SELECT sum(flights) AS flights FROM withdrawn")
    assert withdrawn["flights"] == WITHDRAWN
    (jetblue,) = _rows(project, "SELECT reported / corrected AS ratio FROM corrections WHERE carrier = 'B6'")
    assert jetblue["ratio"] == pytest.approx(10)


def test_partitions_that_a_run_does_not_look_at_keep_their_rows(project: treadle.Project, root: Path) -> None:
    table = root / "out" / "carriers_by_month"
    assert project.run("carriers_by_month", since=date(2013, 12, 1)).receipt.status == "done"
    months = DeltaTable(table).to_pyarrow_table()["month"].to_pylist()
    assert set(months) == set(range(1, 13))


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("flights", "read_delta('lake/flights', version => 14)"),
        ("weather", "read_parquet('lake/weather/*.parquet')"),
        ("airports", "read_csv('lake/airports.csv', header => TRUE)"),
        ("airlines", "read_json('lake/airlines.json')"),
        ("fleet", "(SELECT * FROM fleet)"),
    ],
)
def test_a_call_reads_what_its_source_reads(project: treadle.Project, source: str, call: str) -> None:
    named, called = (_rows(project, f"SELECT * FROM {place} AS t ORDER BY ALL LIMIT 500") for place in (source, call))
    assert named and named == called


def test_the_filter_parameter_reaches_every_reader(project: treadle.Project) -> None:
    rows = project.query("SELECT DISTINCT origin FROM departures_in_weather", home="JFK").fetchall()
    assert rows == [("JFK",)]
