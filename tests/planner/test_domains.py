"""Domain planners of a project's own: what they replace is planned and run, told in the plan, in digests, and refused where it must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlglot import exp

import treadle
from tests.support.command import inside
from treadle.planner.domains import DOMAINS
from treadle.planner.domains.base import Claim, DomainContext, DomainPlanner, Outcome
from treadle.planner.views import PlannedView

MODULE = """
import treadle
from sqlglot import exp
from treadle.planner.domains.base import Claim, Outcome


@treadle.domain_planner("zeros", kind="expression")
def zeros(view, context):
    '''A sum with zero is left out.'''
    tree, claims = view.tree.copy(), []
    for node in list(tree.find_all(exp.Add)):
        if node.expression == exp.Literal.number(0):
            node.replace(node.this)
            claims.append(Claim(True, "a sum with zero left out"))
    return Outcome(tree if claims else None, tuple(claims))
"""
SQL = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a + 0 AS b, a + 0 + 0 AS c FROM (VALUES (1), (NULL)) AS t(a);"


def renamed(view: PlannedView, context: DomainContext) -> Outcome:
    """Give the first column another name."""
    tree = view.tree.copy()
    select = tree.find(exp.Select)
    assert select is not None
    select.expressions[0].set("alias", exp.to_identifier("other", quoted=True))
    return Outcome(tree, (Claim(True, "renamed"),))


def lost(view: PlannedView, context: DomainContext) -> Outcome:
    """Find nothing to replace."""
    return Outcome(None, (Claim(False, "its column is no whole number"),) * 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MODULE)
    (tmp_path / "v.sql").write_text(SQL)
    (tmp_path / "treadle.toml").write_text("[planners]\nadd = ['mine:zeros']\n")
    return tmp_path


def test_an_added_planner_is_told_and_run(root: Path) -> None:
    shown = inside(root, "plan").stdout
    assert "v: planned by zeros, since a sum with zero left out (3 times)" in shown
    assert inside(root, "run").status == 0
    assert inside(root, "query", "SELECT * FROM v ORDER BY b", "--format", "csv").stdout.split() == ["b,c", "1,1", ","]


def test_its_code_is_in_the_digest(root: Path) -> None:
    with treadle.open(root) as project:
        first = project.plan().bundle.digests.spec
        (root / "mine.py").write_text(MODULE + "# another text\n")
        second = project.plan().bundle.digests.spec
        (root / "treadle.toml").write_text("")
        third = project.plan().bundle.digests.spec
    assert len({first, second, third}) == 3


def test_a_specification_holds_its_code(root: Path) -> None:
    (root / "spec.json").write_text(inside(root, "spec").stdout)
    assert inside(root, "run", "--spec", "spec.json").status == 0
    (root / "mine.py").write_text(MODULE + "# another text\n")
    said = inside(root, "run", "--spec", "spec.json")
    assert said.status == 1 and "T3041" in said.stderr


def test_safe_refuses_it(root: Path) -> None:
    said = inside(root, "query", "--safe", "SELECT 1 AS a")
    assert said.status == 1 and "T3040" in said.stderr and "mine:zeros" in said.stderr


def test_other_columns_are_refused() -> None:
    with treadle.connect() as connection:
        connection.register_planner(DomainPlanner("renames", "relation", "", renamed))
        with pytest.raises(treadle.TreadleError) as raised:
            connection.query("SELECT 1 AS a").fetchall()
        assert raised.value.diagnostics[0].code == "T3043" and "`other` BIGINT" in str(raised.value.diagnostics[0].cause)
        connection.unregister_planner("renames")
        assert connection.query("SELECT 1 AS a").fetchall() == [(1,)]


def test_what_is_declined_is_told() -> None:
    with treadle.connect() as connection:
        connection.register_planner(DomainPlanner("loses", "relation", "", lost))
        decisions = connection._workspace.plan_query("SELECT 1 AS a").decisions
    assert [(one.choice, one.reason) for one in decisions] == [("not planned by loses", "its column is no whole number (2 times)")]


def test_names_of_planners_differ() -> None:
    names = [one.name for one in DOMAINS]
    assert len(set(names)) == len(names) and all(one.doc and not one.doc.endswith(".") for one in DOMAINS)
