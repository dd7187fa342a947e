"""The planner `changes`: files that two versions share are left out of their difference, which keeps its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.deletion_vectors import active, mark
from tests.support.planner_pair import planner_pair
from treadle.planner.bundle import PlanBundle
from treadle.runtime.api import Project

VERSIONS = 7
OLD = {at: f"FROM t VERSION AS OF {at}" for at in range(VERSIONS + 1)}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """A table with equal rows within and across files, appended to, deleted from, put together and written anew."""
    root = tmp_path_factory.mktemp("versions")
    path = str(root / "t")
    write_deltalake(path, pa.table({"id": [1, 2, 2, None], "v": ["a", "b", "b", None]}))
    for at in range(3):
        write_deltalake(path, pa.table({"id": [10 + at, 2, None], "v": ["x", "b", None]}), mode="append")
    DeltaTable(path).delete("id = 11")
    DeltaTable(path).optimize.compact()
    write_deltalake(path, pa.table({"id": [2, 2, 50], "v": ["b", "b", "z"]}), mode="append")
    write_deltalake(path, pa.table({"id": [2], "v": ["b"]}), mode="overwrite")
    declared = f"CREATE SOURCE t FROM DELTA '{path}'; PARAM few BIGINT DEFAULT 2;"
    with planner_pair(root / "projects", ("changes",), {}, declared) as made:
        yield made


def files(bundle: PlanBundle) -> list[tuple[int, int]]:
    """Return for each scan how many files it reads, and of how many."""
    found = [scan.selection for stage in bundle.stages for scan in stage.scans]
    return [(len(one.files), one.total) for one in found if one is not None]


def rows(project: Project, sql: str) -> list[str]:
    return sorted(map(repr, project.query(sql).fetchall()))


@pytest.mark.parametrize(
    ("sql", "left", "right"),
    [
        ("SELECT id, v FROM t VERSION AS OF 3 EXCEPT ALL SELECT id, v FROM t VERSION AS OF 1", (2, 4), (0, 2)),
        ("SELECT id, v FROM t VERSION AS OF 3 EXCEPT SELECT id, v FROM t VERSION AS OF 1", (2, 4), (2, 2)),
        (f"SELECT id + 1 AS a {OLD[3]} AS x WHERE id > $few EXCEPT ALL SELECT id + 1 {OLD[1]} WHERE id > $few", None, None),
        ("SELECT id FROM t VERSION AS OF 1 EXCEPT ALL SELECT id FROM t VERSION AS OF 3", (0, 2), (2, 4)),
    ],
)  # fmt: skip
def test_shared_files_are_left_out(
    pair: tuple[Project, Project], sql: str, left: tuple[int, int] | None, right: tuple[int, int] | None
) -> None:
    on, off = pair
    planned, plain = (project._workspace.plan_query(sql) for project in pair)
    assert any(one.choice == "planned by changes" for one in planned.decisions)
    assert sum(read for read, _ in files(planned)) < sum(read for read, _ in files(plain))
    if left is not None:
        assert files(planned) == [left, right]
        assert any("that version" in one.reason for one in planned.decisions)
    assert rows(on, sql) == rows(off, sql)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT id FROM t VERSION AS OF 3 WHERE id > 2 EXCEPT ALL SELECT id FROM t VERSION AS OF 1", "differently"),
        ("SELECT id FROM t VERSION AS OF 3 EXCEPT ALL SELECT id + 0 FROM t VERSION AS OF 1", "differently"),
        ("SELECT count(*) AS n FROM t VERSION AS OF 3 EXCEPT SELECT count(*) FROM t VERSION AS OF 1", "single rows"),
        ("SELECT DISTINCT id FROM t VERSION AS OF 3 EXCEPT ALL SELECT DISTINCT id FROM t VERSION AS OF 1", "single rows"),
        ("(SELECT id FROM t VERSION AS OF 3 ORDER BY id LIMIT 2) EXCEPT ALL SELECT id FROM t VERSION AS OF 1", "single rows"),
        ("SELECT id FROM t VERSION AS OF 3 WHERE random() > 2 EXCEPT SELECT id FROM t VERSION AS OF 1 WHERE random() > 2", "another value"),
        (f"SELECT row_number() OVER (ORDER BY id) AS n {OLD[3]} EXCEPT SELECT row_number() OVER (ORDER BY id) {OLD[1]}", "single rows"),
        ("SELECT id FROM t VERSION AS OF 3 EXCEPT SELECT id FROM t VERSION AS OF 3", "one version"),
        ("SELECT id FROM t VERSION AS OF 3 INTERSECT SELECT id FROM t VERSION AS OF 1", None),
    ],
)  # fmt: skip
def test_other_differences_are_declined(pair: tuple[Project, Project], sql: str, why: str | None) -> None:
    planned, plain = (project._workspace.plan_query(sql) for project in pair)
    told = [one.reason for one in planned.decisions if one.choice == "not planned by changes"]
    assert (why is None and not told) or (why is not None and len(told) == 1 and why in told[0])
    assert files(planned) == files(plain)


def test_a_filter_parameter_of_one_version_keeps_all_files(tmp_path: Path) -> None:
    path = str(tmp_path / "t")
    for at in range(2):
        write_deltalake(path, pa.table({"id": [at, 7]}), mode="append")
    declared = f"CREATE SOURCE t FROM DELTA '{path}'; PARAM one BIGINT FILTER t.id DEFAULT 7;"
    sql = "SELECT id FROM t EXCEPT ALL SELECT id FROM t VERSION AS OF 0"
    with planner_pair(tmp_path / "projects", ("changes",), {}, declared) as (on, off):
        assert rows(on, sql) == rows(off, sql) == ["(7,)"]


@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(0, VERSIONS), min_size=2, max_size=2),
    st.sampled_from(["id, v", "id", "v", "coalesce(id, 0) AS i, v", "id IS NULL AS n"]),
    st.sampled_from(["", "WHERE id > 2", "WHERE v = 'b' OR v IS NULL", "WHERE NOT id = 2"]),
    st.sampled_from(["EXCEPT", "EXCEPT ALL"]),
)
def test_on_and_off_give_the_same_rows(pair: tuple[Project, Project], versions: list[int], items: str, where: str, word: str) -> None:
    left, right = (f"SELECT {items} FROM t VERSION AS OF {one} {where}" for one in versions)
    for sql in (f"{left} {word} {right}", f"({left} {word} {right}) UNION ALL ({right} {word} {left})"):
        on, off = (rows(project, sql) for project in pair)
        assert on == off, sql


def test_files_are_told_apart_by_their_deletion_vectors(tmp_path: Path) -> None:
    table = tmp_path / "t"
    for ids in ([1, 2, 3], [4, 5], [6]):
        write_deltalake(str(table), pa.table({"id": ids}), mode="append")
    mark(table, {path: [1] for path in sorted(active(table), key=lambda one: active(table)[one]["size"])[-1:]})
    declared = f"CREATE SOURCE t FROM DELTA '{table}';"
    with planner_pair(tmp_path / "projects", ("changes",), {}, declared) as (on, off):
        for new, old, read in ((2, 3, [(1, 3), (1, 3)]), (3, 1, [(2, 3), (1, 2)])):
            sql = f"SELECT id {OLD[new]} EXCEPT ALL SELECT id {OLD[old]}"
            assert files(on._workspace.plan_query(sql)) == read
            assert rows(on, sql) == rows(off, sql) != []
