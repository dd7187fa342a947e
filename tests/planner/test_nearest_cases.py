"""What the planners `asof` and `dedupe` decide: from another plan the same rows, which `tests/cases/nearest` shows."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.cases import Case, read_cases
from tests.support.planner_pair import check_pair, claims, planner_pair
from treadle.dialect.diagnostics import TreadleError
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


def test_a_right_side_that_is_too_large_for_memory_is_sorted(tmp_path: Path) -> None:
    text = pa.array(["x" * 1_000_000])
    large = pa.table({"day": pa.chunked_array([pa.array([1])] * 600), "note": pa.chunked_array([text] * 600)})
    with planner_pair(tmp_path, NAMES, {"large": large, "small": pa.table({"day": [1, 2]})}) as (project, _):
        cases = (
            ("(SELECT day, note AS x FROM large WHERE day > 0)", "kept: it may take about 572 MB, more than 512"),
            ("(SELECT day, day AS x FROM large WHERE day > 0)", "searched for each row's match"),
            ("(SELECT l.day, s.day AS x FROM large AS l CROSS JOIN small AS s)", "kept: how many rows it has isn't known before"),
        )
        for right, told in cases:
            (reason,) = claims(project, f"SELECT a.day, b.x FROM small AS a ASOF JOIN {right} AS b ON a.day >= b.day", "asof")
            assert reason.endswith(told)


def test_an_index_is_let_go_of_when_its_run_ends(pair: tuple[Project, Project]) -> None:
    from treadle.runtime.engine.asof_index import Index

    def alive() -> int:
        gc.collect()
        return sum(isinstance(one, Index) for one in gc.get_objects())

    sql = "SELECT t.id, q.bid FROM trades AS t ASOF JOIN quotes AS q ON t.ts >= q.ts ORDER BY 1"
    before = alive()
    for _ in range(3):
        assert pair[0].query(sql).fetchall() == pair[1].query(sql).fetchall()
    unread = pair[0].query(sql)
    next(iter(unread))
    unread.close()
    assert alive() == before


@pytest.mark.parametrize("width", [-1, Decimal("-0.5"), dt.timedelta(minutes=-5)])
def test_a_parameter_below_zero_is_no_tolerance(pair: tuple[Project, Project], width: object) -> None:
    time = "ts" if isinstance(width, dt.timedelta) else "id"
    sql = f"SELECT a.id FROM trades AS a ASOF LEFT JOIN trades AS b MATCH_CONDITION (a.{time} >= b.{time} TOLERANCE $width) ORDER BY 1"
    with pytest.raises(TreadleError, match="T2068"):
        pair[0].query(sql, width=width).fetchall()
    assert len(pair[0].query(sql, width=abs(width)).fetchall()) == 5  # type: ignore[arg-type]
