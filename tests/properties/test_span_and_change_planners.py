"""The planners `spans` and `cdf` give the rows that the plain functions give: nulls, empty and inverted spans, unknown change types."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.planner_pair import planner_pair
from treadle.runtime.api import Project

CHEAP = settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
ENDS = [0, 1, 2, 5, None, -1, 3, 3]
TYPES = ["insert", "delete", "update_preimage", "update_postimage", None, "other", "insert", ""]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    struct = pa.struct([("bstart", pa.int32()), ("bend", pa.int64())])
    stored = [None if n == 7 else (ENDS[n], ENDS[-n]) for n in range(8)]
    table = pa.table(
        {"n": range(8), "s": ENDS, "e": ENDS[::-1], "k": pa.array(ENDS, pa.int32()), "t": pa.array(stored, struct), "c": TYPES}
    )
    with planner_pair(tmp_path_factory.mktemp("spans"), ("spans", "cdf"), {"x": table}) as made:
        yield made


@st.composite
def spans(draw: st.DrawFn, alias: str) -> str:
    """A span that a query makes, or a stored one."""
    ends = [f"{alias}.s", f"{alias}.e", f"{alias}.k", f"{alias}.n + 1", f"{alias}.t.bstart", f"{alias}.t.bend", "2"]
    more = draw(st.sampled_from(["", "", ", line_base => 1", ", end_exclusive => false", ", line_base => 2, end_exclusive => false"]))
    made = f"span_make({draw(st.sampled_from(ends))}, {draw(st.sampled_from(ends))}{more})"
    return draw(st.sampled_from([made, made, made, f"{alias}.p", f"{alias}.t"]))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A condition on spans or on change types."""
    a, b = draw(spans("a")), draw(spans("b"))
    place, rank = draw(st.sampled_from(["1", "b.k", "a.n"])), draw(st.integers(-1, 4))
    sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    ranks = f"cdf_change_rank({draw(st.sampled_from('ab'))}.c)"
    forms = [f"span_overlaps({a}, {b})", f"span_contains({a}, {place})", f"span_contains({a}, {b})", f"span_len({a}) {sign} {place}"]
    forms += [
        f"{ranks} {sign} {rank}",
        f"{rank} {sign} {ranks}",
        f"{ranks} IN ({rank}, 2)",
        f"{ranks} BETWEEN {rank} AND 2",
        f"NOT ({ranks} {sign} {rank})",
    ]
    condition = draw(st.sampled_from(forms))
    return draw(st.sampled_from(["{}", "{}", "NOT ({})", "({}) OR a.n = b.n", "({}) IS NULL", "({}) AND a.n < 6"])).format(condition)


@CHEAP
@given(st.lists(conditions(), min_size=8, max_size=8), st.sampled_from(["JOIN", "LEFT JOIN"]))
def test_on_and_off_give_the_same_rows(pair: tuple[Project, Project], texts: list[str], join: str) -> None:
    derived = "(SELECT *, span_make(s, e, end_exclusive => false) AS p FROM x)"
    items = ", ".join(
        f"array_agg(b.n ORDER BY a.n, b.n) FILTER (WHERE {text}) AS c{at}, count(*) FILTER (WHERE {text}) AS n{at}"
        for at, text in enumerate(texts)
    )
    queries = [f"SELECT {items} FROM {derived} AS a, {derived} AS b"]
    queries += [f"SELECT a.n, b.n AS m FROM {derived} AS a {join} {derived} AS b ON {texts[0]} ORDER BY a.n, m"]
    queries += [f"WITH q AS {derived} SELECT a.n, span_len(a.p) AS l FROM q AS a {join} q AS b ON {texts[1]} ORDER BY a.n, l"]
    for query in queries:
        on, off = (project.query(query).to_arrow() for project in pair)
        assert on.equals(off), query


FAR = [-(2**63), -(2**63) + 3, -(2**63) + 8, -1, 0, 3, 2**31, 2**63 - 9, 2**63 - 4, 2**63 - 1, None]
"""Starts of spans whose ends lie within BIGINT, and beyond, where they wrap round."""
OVERLAPS = [
    "span_overlaps(span_make(a.f, a.f + 7), span_make(b.f, b.f + 9))",
    "span_overlaps(span_make(a.f - 3, a.f + 4), span_make(b.f + 1, b.f + 2, end_exclusive => false))",
    "span_overlaps(span_make(a.f, a.f), span_make(b.f, b.f + 9))",
    "span_overlaps(span_make(a.f, a.f + 7), span_make(b.f + 9, b.f))",
    "span_overlaps(span_make(a.f, a.f + 7), span_make(b.i, b.i + 9))",
    "span_overlaps(span_make(a.f, a.f + 4000000000), span_make(b.f, b.f + 9000000000))",
    "span_overlaps(span_make(a.f, a.i), span_make(b.f, b.f + 9))",
    "a.f < b.f + 9 AND a.f < a.f + 7 AND b.f < b.f + 9 AND span_len(span_make(a.f, a.i)) > 0",
]


@pytest.mark.parametrize("text", OVERLAPS)
def test_spans_that_overlap_are_not_empty(pair: tuple[Project, Project], text: str) -> None:
    columns = {"f": pa.array(FAR, pa.int64()), "i": pa.array([None if f is None else f % 1000 for f in FAR], pa.int32())}
    far = pa.table({"n": range(len(FAR)), **columns})
    joined = [
        f"SELECT a.n, b.n AS m FROM far AS a JOIN far AS b ON {text} ORDER BY a.n, m",
        f"SELECT a.n FROM far AS a WHERE EXISTS (SELECT 1 FROM far AS b WHERE {text}) ORDER BY a.n",
    ]
    queries = [
        f"SELECT count(CASE WHEN {text} THEN 1 END) AS n, count(*) FILTER (WHERE {text}) AS m, count(*) FILTER (WHERE NOT ({text})) AS o,"
        f" count(CASE ({text}) WHEN FALSE THEN 1 END) AS p, array_agg({text} ORDER BY a.n, b.n) AS q FROM far AS a, far AS b",
        *(joined if text == OVERLAPS[0] else ()),
    ]
    for project in pair:
        project.register("far", far)
    for query in queries:
        on, off = (project.query(query).to_arrow() for project in pair)
        assert on.equals(off), query
