"""Widths of buckets from the statistics of Delta logs: what the plan says of them, and that they change no row, however far off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.support.planner_pair import planner_pair
from treadle.runtime.api import Project
from treadle.runtime.receipt import BucketReceipt

DAY, NOON = date(2024, 1, 1), datetime(2024, 1, 1, 12, tzinfo=UTC)
COUNT = 200


def _columns(made: Any, type_: pa.DataType) -> dict[str, pa.Array]:
    """Return points, starts and ends of spans; every ninth is long, every seventh empty or the wrong way round."""
    places = [(7919 * n) % 1000 for n in range(COUNT)]
    ends = [place + (500 if n % 9 == 0 else -n % 3 if n % 7 == 0 else 5) for n, place in enumerate(places)]
    return {name: pa.array([made(one) for one in found], type_) for name, found in (("lo", places), ("hi", ends), ("at", places[::-1]))}


TABLES = {
    "numbers": _columns(lambda n: n - 500, pa.int64()),
    "days": _columns(lambda n: DAY + timedelta(days=n), pa.date32()),
    "times": _columns(lambda n: NOON + timedelta(minutes=n), pa.timestamp("us", "UTC")),
    "prices": _columns(lambda n: Decimal(n) / 4, pa.decimal128(12, 2)),
    "open_ended": _columns(lambda n: n if n < 1300 else 2**62, pa.int64()),
}
SAID = {
    "numbers": "31 buckets of 32, from statistics of `s.lo` and `s.hi`",
    "days": "31 buckets of 32 days, from statistics of `s.lo` and `s.hi`",
    "times": "29 buckets of 2,048 s, from statistics of `s.lo` and `s.hi`",
    "prices": "31 buckets of 8, from statistics of `s.lo` and `s.hi`",
    "open_ended": "16 buckets of 64, from statistics of `s.lo` and `s.hi`",
}
FORMS = [
    "SELECT p.n, s.n AS span FROM {t} AS p JOIN {t} AS s ON p.at >= s.lo AND p.at < s.hi",
    "SELECT s.n, p.n AS point FROM {t} AS s LEFT JOIN {t} AS p ON p.at >= s.lo AND p.at < s.hi",
    "SELECT s.n FROM {t} AS s WHERE NOT EXISTS (SELECT 1 FROM {t} AS p WHERE p.at >= s.lo AND p.at < s.hi)",
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """Two projects over Delta tables of two files each, one of them without the planner."""
    lake = tmp_path_factory.mktemp("lake")
    for name, columns in TABLES.items():
        table = pa.table({"n": list(range(COUNT)), **columns})
        for half in (table.slice(0, COUNT // 2), table.slice(COUNT // 2)):
            write_deltalake(lake / name, half, mode="append")
    frames = f"CREATE SOURCE frames FROM PARQUET '{lake}/numbers/*.parquet';"
    sources = "".join(f"CREATE SOURCE {name} FROM DELTA '{lake}/{name}';\n" for name in TABLES)
    with planner_pair(tmp_path_factory.mktemp("pair"), ("ranges",), {}, sources + frames) as made:
        yield made


def _said(project: Project, sql: str) -> list[str]:
    return [one.reason for one in project._workspace.plan_query(sql).decisions if one.choice == "planned by ranges"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TABLES)
def test_widths_are_told_and_change_no_row(name: str, form: str, pair: tuple[Project, Project]) -> None:
    sql = form.format(t=name)
    assert _said(pair[0], sql) == [SAID[name]]
    rows = [sorted(map(str, project.query(sql).fetchall())) for project in pair]
    assert rows[0] == rows[1] and rows[0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM numbers AS p JOIN numbers AS s ON p.at >= s.lo AND p.at < s.hi AND p.n = s.n",
        "SELECT count(*) AS n FROM numbers AS p JOIN numbers AS s ON p.at >= s.lo AND p.at < s.hi + 1",
        "SELECT count(*) AS n FROM numbers AS p JOIN (SELECT * FROM numbers WHERE n > 3) AS s ON p.at >= s.lo AND p.at < s.hi",
        "SELECT count(*) AS n FROM frames AS p JOIN frames AS s ON p.at >= s.lo AND p.at < s.hi",
    ],
    ids=["equality", "expression", "derived", "parquet"],
)
def test_the_query_works_widths_out_where_the_log_does_not(sql: str, pair: tuple[Project, Project]) -> None:
    (reason,) = _said(pair[0], sql)
    assert reason.startswith("buckets of an eighth of the mean span, which the query works out of `s.lo`")
    assert pair[0].query(sql).fetchall() == pair[1].query(sql).fetchall()


def _buckets(project: Project, sql: str) -> list[tuple[BucketReceipt, ...]]:
    """Return what receipts say of a query that is asked twice; the second answer is of the plan that was kept."""
    found = []
    for _ in range(2):
        result = project.query(sql)
        result.to_arrow()
        found.append(result.receipt.stages[-1].buckets)
    return found


def _place(value: pa.Scalar) -> float:
    """Return a number as it is, a day as its number, a time in seconds."""
    found = value.as_py()
    return found.timestamp() if isinstance(found, datetime) else found.toordinal() if isinstance(found, date) else float(found)


@pytest.mark.parametrize(("name", "unit"), [("numbers", ""), ("days", "days"), ("times", "s"), ("prices", "")])
def test_receipts_tell_widths_that_the_query_worked_out(name: str, unit: str, pair: tuple[Project, Project]) -> None:
    sql = f"SELECT count(*) AS n FROM {name} AS p JOIN (SELECT * FROM {name} WHERE n > 3) AS s ON p.at >= s.lo AND p.at < s.hi"
    ((first,), (second,)) = _buckets(pair[0], sql)
    lo, hi = (TABLES[name][column][4:] for column in ("lo", "hi"))
    assert first == second and first.unit == unit and first.ends.startswith("`s.lo` and `s.hi` of ")
    assert first.width is not None and first.count > 1
    assert first.count == math.ceil((max(map(_place, lo)) - min(map(_place, hi))) / first.width - 1e-6)
    assert _buckets(pair[1], sql) == [(), ()]


def test_one_bucket_is_as_wide_as_all(pair: tuple[Project, Project]) -> None:
    sql = "SELECT count(*) AS n FROM numbers AS p JOIN numbers AS s ON p.at >= s.lo AND p.at < s.hi AND p.n = s.n WHERE s.n = 1"
    (told,) = _buckets(pair[0], sql)[0]
    assert (told.count, told.width) == (1, 5.0)


def test_overlaps_take_both_sides(pair: tuple[Project, Project]) -> None:
    sql = "SELECT a.n, b.n AS other FROM numbers AS a JOIN open_ended AS b ON a.lo < b.hi AND b.lo < a.hi"
    (reason,) = _said(pair[0], sql)
    assert reason.endswith("from statistics of `a.lo`, `a.hi`, `b.lo` and `b.hi`")
    assert sorted(pair[0].query(sql).fetchall()) == sorted(pair[1].query(sql).fetchall())


def test_widths_are_worked_out_where_the_log_can_not_bound_the_pieces(tmp_path: Path) -> None:
    places = [0 if n % 2 else 7919 * n % 100_000 for n in range(3000)]
    ends = [100_000 if n % 2 else place + 5 for n, place in enumerate(places)]
    write_deltalake(tmp_path / "longs", pa.table({"lo": places, "hi": ends}))
    with planner_pair(tmp_path / "pair", ("ranges",), {}, f"CREATE SOURCE longs FROM DELTA '{tmp_path}/longs';") as (planned, _):
        inside = "SELECT count(*) AS n FROM longs AS a JOIN longs AS b ON a.lo <= b.hi AND b.lo <= a.hi"
        assert "which the query works out of" in _said(planned, inside)[0]
