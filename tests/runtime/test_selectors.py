"""Selectors over a bound project: names, closures, tags, patterns, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.dialect.diagnostics import TreadleError
from treadle.planner.project import Project
from treadle.runtime.selectors import select
from treadle.runtime.workspace import Situation, Workspace

VIEWS = """
CREATE VIEW raw_a TAGS (raw) AS SELECT 1 AS x;
CREATE VIEW raw_b TAGS (raw, slow) AS SELECT 2 AS x;
CREATE VIEW middle AS SELECT a.x FROM raw_a AS a JOIN raw_b AS b ON a.x = b.x;
CREATE VIEW "Top View" TAGS (daily) AS SELECT x FROM middle;
CREATE VIEW aside AS SELECT 3 AS x;
"""
WORDS = {
    ("middle",): ["middle"],
    ("MIDDLE",): ["middle"],
    ("Top View",): ["Top View"],
    ("+top view",): ["raw_a", "raw_b", "middle", "Top View"],
    ("+middle",): ["raw_a", "raw_b", "middle"],
    ("middle+",): ["middle", "Top View"],
    ("+middle+",): ["raw_a", "raw_b", "middle", "Top View"],
    ("raw_*",): ["raw_a", "raw_b"],
    ("tag:raw",): ["raw_a", "raw_b"],
    ("tag:s*+",): ["raw_b", "middle", "Top View"],
    ("+tag:daily",): ["raw_a", "raw_b", "middle", "Top View"],
    ("aside", "raw_a"): ["aside", "raw_a"],
}
WRONG = {"midle": "T7015", "tag:dayly": "T7015", "kind:x": "T7016", "+": "T7016", "": "T7016", "a++b": "T7016", "x_*": "T7015"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Yield the bound project of `VIEWS`."""
    root: Path = tmp_path_factory.mktemp("selectors")
    (root / "views.sql").write_text(VIEWS, "utf-8")
    workspace = Workspace(root, True, Situation())
    yield workspace.project({}).project
    workspace.close()


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_selected(words: tuple[str, ...], project: Project) -> None:
    expected = WORDS[words]
    assert sorted(select(project, words)) == sorted(expected)
    assert list(select(project, words)) == [name for name in project.order if name in expected]


@pytest.mark.parametrize("word", WRONG)
def test_wrong(word: str, project: Project) -> None:
    with pytest.raises(TreadleError) as raised:
        select(project, [word, "aside"])
    (found,) = raised.value.diagnostics
    assert found.code == WRONG[word] and found.help


def test_all_wrong_words_are_told_at_once(project: Project) -> None:
    with pytest.raises(TreadleError) as raised:
        select(project, ["midle", "tag:dayly"])
    assert [d.help for d in raised.value.diagnostics] == ["did you mean `middle` or `aside`?", "did you mean `daily`?"]
