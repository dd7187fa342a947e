"""What `json_valid` keeps out is never read as JSON, in one query and across views; everything else that is no JSON stops the query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import treadle
from treadle import TreadleError

TEXTS = """VALUES ('{"a": 1}'), ('no JSON'), (NULL), ('{"a": 1}'), ('{"a": 2}'), ('{"b": 3')"""
PROJECT = f"""
CREATE VIEW texts AS SELECT j, j AS k FROM ({TEXTS}) AS v(j);
CREATE VIEW good AS SELECT j AS doc, k FROM texts WHERE json_valid(j);
CREATE VIEW parts AS SELECT j ->> 'a' AS a, j -> 'a' AS b, j @> '{{"a": 1}}' AS c FROM texts WHERE k IS NOT NULL AND (json_valid(j));
"""
HELD = {
    "SELECT count(*) AS n FROM texts WHERE json_valid(j) AND j ->> 'a' = '1'": 2,
    "SELECT count(*) AS n FROM texts WHERE j ->> 'a' = '1' AND (json_valid(j) AND k IS NOT NULL)": 2,
    "SELECT count(*) AS n FROM texts WHERE json_valid(j) AND (j ->> 'a' = '2' OR j @> '{\"a\": 1}')": 3,
    "SELECT count(*) AS n FROM texts WHERE json_valid(lower(j)) AND lower(j) ->> 'a' = '1'": 2,
    "SELECT count(*) AS n FROM good WHERE doc ->> 'a' = '1'": 2,
    "SELECT count(*) AS n FROM (SELECT doc AS d FROM good) AS x WHERE d ->> 'a' = '1' AND x.d ->> 'c' IS NULL": 2,
    "SELECT count(*) AS n FROM parts WHERE a = '1' AND b = '1' AND c": 2,
    "WITH w AS (SELECT * FROM good) SELECT count(*) AS n FROM w JOIN (VALUES ('1')) AS v(x) ON doc ->> 'a' = x": 2,
    "SELECT count(*) AS n FROM (VALUES ('1')) AS v(x) JOIN texts AS t ON json_valid(t.j) AND t.j ->> 'a' = x": 2,
    "SELECT count(*) AS n FROM (SELECT DISTINCT j ->> 'a' AS a FROM texts WHERE json_valid(j)) AS q WHERE a < '2'": 1,
}
NOT_HELD = (
    "SELECT j ->> 'a' AS a FROM texts",
    "SELECT g.k ->> 'a' AS a FROM good AS g JOIN texts AS t ON t.k = g.k OR true WHERE t.k ->> 'a' = '1'",
    "SELECT j FROM texts WHERE (json_valid(j) OR k IS NOT NULL) AND j ->> 'a' = '1'",
    "SELECT j FROM texts WHERE NOT json_valid(j) AND j ->> 'a' = '1'",
    "SELECT doc FROM good UNION ALL SELECT j ->> 'a' FROM texts",
    "SELECT a ->> 'a' AS x FROM (SELECT doc AS a FROM good UNION ALL SELECT j FROM texts) AS u",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[treadle.Project]:
    """A project whose texts are JSON in part."""
    root: Path = tmp_path_factory.mktemp("guards")
    (root / "views.sql").write_text(PROJECT, "utf-8")
    with treadle.open(root) as made:
        yield made


@pytest.mark.parametrize("sql", HELD)
def test_a_guard_holds_whatever_is_asked_first(project: treadle.Project, sql: str) -> None:
    assert project.query(sql).fetchall() == [(HELD[sql],)]


@pytest.mark.parametrize("sql", NOT_HELD)
def test_what_no_guard_keeps_out_stops_the_query(project: treadle.Project, sql: str) -> None:
    with pytest.raises(TreadleError) as caught:
        project.query(sql).fetchall()
    assert [one.code for one in caught.value.diagnostics] == ["T6057"]


def test_without_the_rule_the_engine_may_ask_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "views.sql").write_text(PROJECT, "utf-8")
    (tmp_path / "treadle.toml").write_text('[rules]\nexclude = ["json_guards"]\n', "utf-8")
    with treadle.open(tmp_path) as project, pytest.raises(TreadleError) as caught:
        project.query(next(iter(HELD))).fetchall()
    assert [one.code for one in caught.value.diagnostics] == ["T6057"]
