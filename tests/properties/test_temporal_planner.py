"""The planner `temporal` gives the rows that the plain functions give: around every edge, with nulls, under NOT, of every unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.planner_pair import planner_pair
from treadle.runtime.api import Project

D = dt.datetime
EDGES = [
    D(2013, 1, 1),
    D(2013, 2, 1),
    D(2013, 1, 7),
    D(2012, 12, 31),
    D(1969, 12, 29),
    D(1970, 1, 1),
    D(1900, 3, 1),
    D(2024, 2, 29),
    D(2013, 4, 1),
]
NEAR = [
    dt.timedelta(),
    dt.timedelta(microseconds=-1),
    dt.timedelta(microseconds=1),
    dt.timedelta(hours=5, minutes=30),
    dt.timedelta(days=1),
]
MOMENTS = [None, *(edge + near for edge in EDGES for near in NEAR), None]
UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
TIMES = {"s": "s", "ms": "ms", "us": "us", "ns": "ns"}


def _table() -> pa.Table:
    cut = [None if one is None else one.replace(microsecond=0) for one in MOMENTS]
    columns = {name: pa.array(MOMENTS if unit in ("us", "ns") else cut, pa.timestamp(unit)) for name, unit in TIMES.items()}
    columns["ms"] = pa.array(
        [None if one is None else one.replace(microsecond=one.microsecond // 1000 * 1000) for one in MOMENTS], pa.timestamp("ms")
    )
    columns["z"] = pa.array(MOMENTS, pa.timestamp("us", "UTC"))
    columns["d"] = pa.array([None if one is None else one.date() for one in MOMENTS], pa.date32())
    return pa.table({"n": range(len(MOMENTS)), **columns})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    declared = (
        "PARAM day DATE DEFAULT DATE '2013-02-01'; PARAM at TIMESTAMP DEFAULT TIMESTAMP '2013-01-01 05:30:00'; PARAM y BIGINT DEFAULT 2013;"
    )
    with planner_pair(tmp_path_factory.mktemp("temporal"), ("temporal",), {"t": _table()}, declared) as made:
        yield made


@st.composite
def constants(draw: st.DrawFn, day: bool) -> str:
    """A moment at or beside an edge, as a constant, a text, or an expression over parameters."""
    at = draw(st.sampled_from(EDGES)) + draw(st.sampled_from(NEAR))
    text = f"{at:%Y-%m-%d %H:%M:%S.%f}"
    kinds = [f"DATE '{text[:10]}'", f"TIMESTAMP '{text}'", f"TIMESTAMP '{text[:10]}'", "PARAM day", "PARAM at"]
    kinds += ["date_trunc('month', PARAM at)", "CAST(NULL AS DATE)", f"TIMESTAMPTZ '{text}'", "date_trunc('month', now())"] + (
        [f"'{text[:10]}'"] if day else []
    )
    return draw(st.sampled_from(kinds))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A condition on a function of a time column."""
    column = draw(st.sampled_from([*TIMES, "d", "z"]))
    sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    kind = draw(st.sampled_from(["trunc", "trunc", "day", "year", "parts", "bin", "text", "both"]))
    if kind in ("trunc", "day", "bin", "both"):
        unit = draw(st.sampled_from(UNITS))
        step = {
            "trunc": f"date_trunc('{unit}', {column})",
            "day": f"CAST({column} AS DATE)",
            "both": f"date_trunc('{unit}', CAST({column} AS DATE))",
            "bin": f"date_bin(INTERVAL '{draw(st.sampled_from(['7 hours', '15 minutes', '3 days']))}', {column})",
        }[kind]
        value, other = draw(constants(kind == "day")), draw(constants(kind == "day"))
        form = draw(
            st.sampled_from(
                [f"{step} {sign} {value}", f"{value} {sign} {step}", f"{step} BETWEEN {value} AND {other}", f"{step} IN ({value}, {other})"]
            )
        )
        return form
    if kind == "year":
        year = draw(st.sampled_from(["2013", "2012", "1969", "0", "9999", "PARAM y", "PARAM y + 1", "20130"]))
        return draw(
            st.sampled_from(
                [
                    f"year({column}) {sign} {year}",
                    f"EXTRACT(YEAR FROM {column}) BETWEEN {year} AND 2013",
                    f"year({column}) IN (2013, {year})",
                ]
            )
        )
    if kind == "parts":
        year, month, day = (draw(st.sampled_from(some)) for some in ([2013, 1969], [1, 2, 12, 13], [1, 31, 7]))
        return f"year({column}) = {year} AND month({column}) = {month} AND day({column}) = {day}"
    format = draw(st.sampled_from(["%Y", "%Y-%m", "%Y%m", "%Y-%m-%d"]))
    texts = [f"'{at.strftime(format)}'" for at in draw(st.lists(st.sampled_from(EDGES), min_size=2, max_size=2))]
    texts[1] = draw(st.sampled_from([texts[1], "'2013-13'", "'nothing'", "''"]))
    return draw(
        st.sampled_from([f"to_char({column}, '{format}') {sign} {texts[0]}", f"to_char({column}, '{format}') IN ({', '.join(texts)})"])
    )


@settings(max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(conditions(), st.sampled_from(["{}", "NOT ({})", "({}) OR n = 3", "({}) IS NULL", "NOT ({}) AND n > 2"])),
        min_size=12,
        max_size=12,
    )
)
def test_on_and_off_give_the_same_rows(pair: tuple[Project, Project], given: list[tuple[str, str]]) -> None:
    texts = [form.format(condition) for condition, form in given]
    items = ", ".join(f"array_agg(n ORDER BY n) FILTER (WHERE {text}) AS c{at}" for at, text in enumerate(texts))
    on, off = (project.query(f"SELECT {items} FROM t").to_arrow().to_pylist()[0] for project in pair)
    for at, text in enumerate(texts):
        assert on[f"c{at}"] == off[f"c{at}"], text
