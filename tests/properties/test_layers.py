"""A chain of views gives the same rows however it is planned: as one query, inlined, in stages, without each optional rule.

`TREADLE_LAYERS=200 pytest tests/properties/test_layers.py` tries 200 chains instead of a few.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

import treadle
from tests.properties.test_differential import Rows, rows
from tests.support.layers import Layers, at_once
from tests.support.query_expressions import FUNCTIONS
from tests.support.query_values import tables
from treadle import TreadleError
from treadle.planner.rules.packs import PACKS
from treadle.runtime.api import Connection

CHAINS = int(os.environ.get("TREADLE_LAYERS", "8"))
PARTS = 2
OPTIONAL = sorted(set(PACKS["default"].rules) - set(PACKS["low_latency"].rules))
SETTINGS = {
    "as one query": "",
    "inlined": "",
    "in stages": "",
    "cut for paths": "[inline]\nmax_paths = 1\n",
    "bare": '[rules]\npack = "low_latency"\n',
    **{f"without {rule}": f'[rules]\nexclude = ["{rule}"]\n' for rule in OPTIONAL},
}
"""Ways to plan a chain by name, each with what `treadle.toml` says of it."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Connection]]:
    """A project for every way to plan, with the tables of the generator."""
    with ExitStack() as stack:
        opened = {}
        for name, settings in SETTINGS.items():
            root = tmp_path_factory.mktemp("layers")
            (root / "treadle.toml").write_text(settings)
            opened[name] = stack.enter_context(treadle.open(root))
            for table, given in tables().items():
                opened[name].register(table, given)
        yield opened


def found(project: Connection, way: str, made: Layers, views: list[tuple[str, str]]) -> tuple[list[str], Rows]:
    """Return columns and rows of a chain, planned in one way."""
    options = " OPTIONS (cache = 'FORCE')" if way == "in stages" else ""
    texts = [f"CREATE VIEW {name}{options} AS {text};" for name, text in views] if way != "as one query" else []
    (project.root / "views.sql").write_text("\n".join([FUNCTIONS, made.parameters_declared(), *texts]))
    table = project.query(at_once(views) if way == "as one query" else f"FROM {views[-1][0]}").to_arrow()
    return [f"{one.name} {one.type}" for one in table.schema], rows(table)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_chain_of_views_gives_the_same_rows_however_it_is_planned(projects: Mapping[str, Connection], part: int) -> None:
    compared = 0
    for seed in range(part, CHAINS, PARTS):
        made = Layers(seed)
        views = made.views(2 + seed % 3)
        try:
            wanted = found(projects["inlined"], "inlined", made, views)
        except TreadleError:
            continue
        compared += 1
        for way, project in projects.items():
            try:
                assert found(project, way, made, views) == wanted, f"seed {seed}, {way}: {views}"
            except TreadleError as refused:  # one query may ask more of the engine, and rows that LIMIT chooses are read once in views only
                codes = {one.code for one in refused.diagnostics if one.severity == "error"}
                assert way == "as one query" and codes <= {"T3001", "T2034"}, f"seed {seed}, {way}: {refused}"
    assert compared > CHAINS // PARTS // 2
