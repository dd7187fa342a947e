"""`treadle show functions`: what it shows fits a narrow screen, and its examples are those that tests run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

import treadle
from tests.runtime.engine.test_functions_file import ROWS
from tests.support.command import inside
from treadle.planner.functions.packs import pack_functions
from treadle.runtime.cli.console import Console
from treadle.runtime.cli.function_page import EXAMPLE_TABLE, _broken, all_functions, groups, show_functions


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the screen 60 cells wide."""
    monkeypatch.setenv("COLUMNS", "60")
    yield


def _shown(name: str | None, pack: str | None) -> tuple[str, str]:
    out, told = io.StringIO(), io.StringIO()
    show_functions(Console(out, told), [], name, pack)
    return out.getvalue(), told.getvalue()


def test_examples_read_the_rows_that_tests_run_them_over(tmp_path: Path) -> None:
    with treadle.connect(tmp_path) as connection:
        found = connection.query(f"SELECT * FROM {EXAMPLE_TABLE}").to_arrow()
    assert found.to_pydict() == {name: ROWS[name].to_pylist() for name in "knxsb"}


@pytest.mark.parametrize("pack", groups(all_functions()))
def test_a_pack_is_shown_with_every_function_and_example_within_sixty_cells(pack: str) -> None:
    out, told = _shown(None, pack)
    members = [one for forms in all_functions().values() for one in forms if one.group == pack]
    plain = " ".join(out.split())
    for one in members:
        assert all(" ".join(form.doc.split()) in plain for form in one.forms), one.name
        assert all(form.example is None or "".join(form.example.split()) in "".join(out.split()) for form in one.forms), one.name
    long = [line for line in out.splitlines() if len(line) > 60]
    assert all("'" in line for line in long), long  # a text is never broken
    assert ("FROM" in told) == any("aggregate" in one.kind or "window" in one.kind for one in members)


def test_all_lists_every_name_and_a_pattern_those_that_fit() -> None:
    names, _ = _shown(None, None)
    assert set(pack_functions()) <= set(names.split())
    out, _ = _shown("base64", None)
    assert out.startswith("to_base64(") and "also base64" in out


def test_lines_break_behind_commas_outside_of_quotes() -> None:
    assert _broken("f('a, b, c', 'it''s, so', 2)", 12) == ["f('a, b, c',", "'it''s, so',", "2)"]
    assert _broken("f([1,2], x)", 60) == ["f([1,2], x)"]


def test_a_projects_own_function_is_shown_beside_the_one_that_it_hides(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("")
    (tmp_path / "a.sql").write_text("CREATE FUNCTION year(d DATE) RETURNS BIGINT COMMENT 'mine' RETURN 1;")
    ended = inside(tmp_path, "show", "functions", "YEAR")
    assert "mine" in ended.stdout and "year(time TIME)" in ended.stdout
    assert "T2135" in inside(tmp_path, "check").stderr
