"""Owns two projects over the same rows, one without some domain planners: what both answer must be the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

import treadle
from tests.support.cases import Block, Case, check_case
from treadle.runtime.api import Project


@contextmanager
def planner_pair(
    root: Path, excluded: tuple[str, ...], tables: Mapping[str, pa.Table], sql: str = "", without: tuple[str, ...] = ()
) -> Iterator[tuple[Project, Project]]:
    """Yield a project with all planners, and one without those named.

    Args:
        root: an empty folder.
        excluded: names of planners.
        tables: registered in both.
        sql: declarations of both, such as parameters and sources.
        without: names of planners that neither has.
    """
    for name, toml in (("on", _toml(without)), ("off", _toml((*excluded, *without)))):
        folder = root / name
        folder.mkdir(parents=True)
        (folder / "treadle.toml").write_text(toml)
        (folder / "given.sql").write_text(sql + "\nCREATE VIEW nothing AS SELECT 1 AS one;\n")
    with treadle.open(root / "on") as on, treadle.open(root / "off") as off:
        for project in (on, off):
            for name, table in tables.items():
                project.register(name, table)
        yield on, off


def _toml(excluded: tuple[str, ...]) -> str:
    return f"[planners]\nexclude = {list(excluded)!r}\n"


def claims(project: Project, sql: str, planner: str) -> list[str]:
    """Return the reasons that a planner gave for what it planned in a query."""
    decisions = project._workspace.plan_query(sql).decisions
    return [one.reason for one in decisions if one.choice == f"planned by {planner}"]


def check_pair(case: Case, pair: tuple[Project, Project], accept: bool) -> None:
    """Hold a case's query to equal rows with and without the planners, and to what it says is decided, planned and given.

    Args:
        case: with the block `sql`; its blocks `decided`, `rows`, `planned` and `plain` are compared.
        pair: as `planner_pair` yields it.
        accept: whether its blocks are rewritten.
    """
    on, off = pair
    sql = case.input("sql")
    found = on.query(sql).to_arrow()
    assert found.num_rows, "a case has rows"
    assert found.equals(off.query(sql).to_arrow())
    planned, plain = (project._workspace.plan_query(sql) for project in pair)
    texts = {"planned": [stage.sql for stage in planned.stages], "plain": [stage.sql for stage in plain.stages]}
    decided = [f"{one.choice}, since {one.reason}" for one in planned.decisions if "planned by" in one.choice]
    assert (texts["planned"] != texts["plain"]) == any(one.startswith("planned") for one in decided)

    def actual(block: Block) -> str:
        lines = decided if block.word == "decided" else texts.get(block.word)
        return _rows(found) if lines is None else "".join(f"{one}\n" for one in lines)

    check_case(case, actual, accept)


def _rows(table: pa.Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows([["NULL" if one is None else one for one in row.values()] for row in table.to_pylist()])
    return text.getvalue()
