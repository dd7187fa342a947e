"""What domain planners of expressions make of queries: the same rows, from another plan; `tests/cases/planners` shows both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import treadle
from tests.support.cases import Case, read_cases
from tests.support.planner_pair import check_pair, planner_pair
from treadle.planner.domains import DOMAINS
from treadle.runtime.api import Project

FOLDER = Path(__file__).parents[1] / "cases/planners"
D = dt.datetime
EXPRESSIONS = tuple(one.name for one in DOMAINS if one.kind == "expression")
RELATIONS = tuple(one.name for one in DOMAINS if one.kind == "relation")
SPAN = pa.struct([("bstart", pa.int64()), ("bend", pa.int64())])
JSON = ['{"a": {"b": "x", "c": [1, 2]}, "n": 5}', '{"a": {"b": null}}', "[1]", None, '{"n": 1.50}']
TABLES = {
    "times": pa.table(
        {
            "n": [0, 1, 2, 3, 4],
            "ts": pa.array(
                [D(2013, 1, 1), D(2013, 1, 31, 23, 59, 59, 999999), None, D(2013, 2, 1), D(1969, 12, 31, 23)], pa.timestamp("us")
            ),
            "d": pa.array([dt.date(2013, 1, 1), dt.date(2013, 3, 31), None, dt.date(2013, 4, 1), dt.date(1969, 12, 31)]),
            "zoned": pa.array([D(2013, 1, 1)] * 5, pa.timestamp("us", "UTC")),
            "berlin": pa.array([D(2013, 1, 1)] * 5, pa.timestamp("us", "Europe/Berlin")),
        }
    ),
    "docs": pa.table({"n": [0, 1, 2, 3, 4], "j": JSON}),
    "lists": pa.table({"n": [0, 1, 2, 3], "l": [[1, 2], [5], [], None], "k": ["a", "b", None, "z"]}),
    "spans": pa.table({"n": [0, 1, 2, 3, 4, 5], "s": pa.array([(0, 5), (5, 9), (3, 3), None, (8, 2), (2, None)], SPAN)}),
    "feed": pa.table({"n": [0, 1, 2, 3, 4], "_change_type": ["insert", "update_preimage", "update_postimage", "delete", None]}),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """Two projects over the tables, one of them without the planners of expressions."""
    declared = "PARAM day DATE DEFAULT DATE '2013-02-01'; CREATE VIEW upstream AS SELECT n, zoned AS z, berlin AS b FROM times;"
    with planner_pair(tmp_path_factory.mktemp("pairs"), EXPRESSIONS, TABLES, declared, RELATIONS) as made:
        yield made


@pytest.mark.parametrize("case", list(read_cases(FOLDER)), ids=lambda case: case.id)
def test_planned_and_plain(case: Case, pair: tuple[Project, Project], pytestconfig: pytest.Config) -> None:
    check_pair(case, pair, bool(pytestconfig.getoption("--accept")))


@pytest.mark.parametrize("ends", ["a.s, b.s", "span_make(a.s.bstart, a.s.bend), span_make(b.n, b.n + 3)"])
def test_joins_of_spans_are_joins_of_ranges(ends: str) -> None:
    with treadle.connect() as connection:
        connection.register("spans", TABLES["spans"])
        query = f"SELECT a.n, b.n AS m FROM spans AS a JOIN spans AS b ON span_overlaps({ends})"
        decided = [one.choice for one in connection._workspace.plan_query(query).decisions]
    assert "planned by ranges" in decided
