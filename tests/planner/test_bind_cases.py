"""Binding by cases: a project in, its diagnostics or the columns of its views out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cases import Block, Case, check_case, read_cases
from treadle.dialect import parse, to_sql
from treadle.dialect.source import Source
from treadle.planner.bind import bind
from treadle.planner.project import Project
from treadle.planner.spec import RuntimeProfile
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.lake.lake import DeltaLake
from treadle.runtime.session import open_session

CASES = list(read_cases(Path(__file__).parents[1] / "cases" / "bind"))


@pytest.fixture(scope="module")
def engine() -> DataFusionEngine:
    """One engine for all cases."""
    return DataFusionEngine(open_session(RuntimeProfile(name="small")))


@pytest.mark.parametrize("case", CASES, ids=[c.id for c in CASES])
def test_case(case: Case, engine: DataFusionEngine, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = bind([parse(Source("p.sql", case.input("sql")))], engine, DeltaLake(tmp_path))
    check_case(case, lambda block: describe(project, block), bool(request.config.getoption("--accept")))


def describe(project: Project, block: Block) -> str:
    """Return what a block expects, as it is now."""
    if block.word == "errors" or project.diagnostics:
        return "".join(
            f"{d.code} {d.span.line}:{d.span.column}-{d.span.end_line}:{d.span.end_column} {d.message}{' | ' + d.help if d.help else ''}\n"
            for d in project.diagnostics
            if d.span is not None
        )
    if block.word == "becomes":
        return to_sql(project.views[block.detail].tree) + "\n"
    return "".join(f"{f.name} {f.type}\n" for f in project.views[block.detail].schema)
