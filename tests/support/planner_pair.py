"""Owns two projects over the same rows, one without some domain planners: what both answer must be the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

import treadle
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
