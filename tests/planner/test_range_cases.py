"""What the planner `ranges` decides of joins on ranges: from another plan the same rows, which `tests/cases/range_joins` shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal as D
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.cases import Case, read_cases
from tests.support.planner_pair import check_pair, planner_pair
from treadle.runtime.api import Project

FOLDER = Path(__file__).parents[1] / "cases/range_joins"
HOUR = [datetime(2024, 5, 1, hour) for hour in range(24)]
TABLES = {
    "points": pa.table({"n": [1, 2, 3, 4, 5], "at": [1, 5, 6, 40, None], "kind": ["a", "b", "a", None, "a"]}),
    "spans": pa.table(
        {
            "n": [1, 2, 3, 4, 5, 6, 7, 8, 9],
            "lo": [0, 1, 4, 20, 5, 9, 30, -(2**63), None],
            "hi": [2, 6, 6, 25, 5, 3, None, 2**63 - 1, 3],
            "kind": ["a", "b", "a", "a", "b", "a", "b", "a", "a"],
        }
    ),
    "visits": pa.table(
        {"n": [1, 2, 3, 4], "seen": [HOUR[1], HOUR[2], HOUR[4], None], "day": [date(2024, 5, 1), date(2024, 5, 3), date(1, 1, 1), None]}
    ),
    "stays": pa.table({"n": [1, 2], "arrived": [date(2024, 4, 30), date(2024, 5, 2)], "left": [date(2024, 5, 2), date(2261, 12, 31)]}),
    "prices": pa.table({"n": [1, 2, 3, 4], "price": pa.array([D("1.00"), D("2.25"), D("2.50"), None], pa.decimal128(10, 2))}),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """Two projects over the tables, one of them without the planner."""
    with planner_pair(tmp_path_factory.mktemp("ranges"), ("ranges",), TABLES) as made:
        yield made


@pytest.mark.parametrize("case", list(read_cases(FOLDER)), ids=lambda case: case.id)
def test_planned_and_plain(case: Case, pair: tuple[Project, Project], pytestconfig: pytest.Config) -> None:
    check_pair(case, pair, bool(pytestconfig.getoption("--accept")))
