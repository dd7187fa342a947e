"""What the planners `asof` and `dedupe` decide: from another plan the same rows, which `tests/cases/nearest` shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.cases import Case, read_cases
from tests.support.planner_pair import check_pair, planner_pair
from treadle.runtime.api import Project

FOLDER = Path(__file__).parents[1] / "cases/nearest"
NAMES = ("asof", "dedupe")
HOUR = [dt.datetime(2024, 5, 1, hour) for hour in range(24)]
TABLES = {
    "trades": pa.table(
        {"id": [1, 2, 3, 4, 5], "symbol": ["a", "a", "b", None, "b"], "ts": pa.array([HOUR[9], HOUR[12], HOUR[7], HOUR[9], None])}
    ),
    "quotes": pa.table(
        {
            "symbol": ["a", "a", "a", "b", "b", None],
            "ts": pa.array([HOUR[8], HOUR[8], HOUR[10], HOUR[7], None, HOUR[7]]),
            "bid": [10, 11, 12, 20, 21, 30],
        }
    ),
    "names": pa.table({"symbol": ["a", "b"], "name": ["Anna", "Bert"]}),
    "rates": pa.table({"day": [dt.date(2024, 4, 30), dt.date(2024, 5, 1), dt.date(2024, 5, 2)], "rate": [1.5, 2.5, 3.5]}),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """Two projects over the tables, one of them without the planners."""
    with planner_pair(tmp_path_factory.mktemp("nearest"), NAMES, TABLES) as made:
        yield made


@pytest.mark.parametrize("case", list(read_cases(FOLDER)), ids=lambda case: case.id)
def test_planned_and_plain(case: Case, pair: tuple[Project, Project], pytestconfig: pytest.Config) -> None:
    check_pair(case, pair, bool(pytestconfig.getoption("--accept")))
