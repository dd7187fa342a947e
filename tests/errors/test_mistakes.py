"""What people type who come from dbt, SQLMesh, DuckDB and Databricks: each is told what to write here, on one screen."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import inside
from tests.support.place import Place
from tests.support.tree import ROOT

MISTAKES: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/cases/mistakes.toml").read_text("utf-8"))["mistake"]
REFUSED = [one for one in MISTAKES if "sql" in one and "code" in one]
BEFORE = "CREATE VIEW t AS SELECT 1 AS a, 'x' AS b, DATE '2013-01-01' AS d, TIMESTAMP '2013-01-01' AS ts, [1, 2] AS l, 2.5 AS f;\n"


def _name(one: dict[str, Any]) -> str:
    return f"{one['from']}: {one.get('sql') or ' '.join(one['args'])}"[:70]


def test_every_neighbour_is_thought_of() -> None:
    counts = Counter(one["from"] for one in MISTAKES)
    assert len(MISTAKES) >= 50 and {"dbt", "SQLMesh", "DuckDB", "Databricks"} <= set(counts)
    assert min(counts.values()) >= 10


@pytest.mark.parametrize("mistake", REFUSED, ids=_name)
def test_a_statement_of_another_system_is_told_what_to_write(mistake: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.sql(BEFORE + mistake["sql"] + "\n")
    found = place.treadle("check").diagnostics[0]
    assert (found["code"], found["help"]) == (mistake["code"], mistake["help"])
    assert found["file"] == "views.sql" and found["line"] >= 2


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if "understood" in one], ids=_name)
def test_a_statement_of_another_system_is_understood(mistake: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.sql(BEFORE + mistake["sql"] + "\n")
    said = place.treadle("check")
    assert said.status == 0 and not said.diagnostics, said


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if "args" in one], ids=_name)
def test_a_command_of_another_system_is_told_what_to_write(mistake: dict[str, Any], tmp_path: Path) -> None:
    Place(tmp_path).sql(BEFORE)
    ended = inside(tmp_path, *mistake["args"])
    assert ended.status == 2 and mistake["help"] in ended.stderr


@pytest.mark.parametrize("mistake", REFUSED[::7], ids=_name)
def test_an_error_fits_a_screen_of_60_columns(mistake: dict[str, Any], tmp_path: Path) -> None:
    Place(tmp_path).sql(BEFORE + mistake["sql"] + "\n")
    lines = inside(tmp_path, "check", columns=60).stderr.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 60, "\n".join(lines)
