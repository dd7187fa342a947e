"""`%load_ext treadle` in a real IPython: cells in, values and printed errors out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from treadle import Result
from treadle.runtime.notebook import ShownError, split


@pytest.fixture(scope="module")
def ipython() -> Any:
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "treadle")
    return shell


@pytest.fixture
def shell(ipython: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    before = set(ipython.user_ns)
    yield ipython
    for name in set(ipython.user_ns) - before:
        del ipython.user_ns[name]


@pytest.fixture
def project(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("[env.late.parameters]\nlow = 3\n", "utf-8")
    text = "PARAM low BIGINT DEFAULT 1;\nCREATE VIEW numbers AS SELECT n FROM generate_series(1, 3) AS t(n) WHERE n >= PARAM low;\n"
    (tmp_path / "numbers.sql").write_text(text, "utf-8")


def _value(shell: Any, cell: str) -> Any:
    found = shell.run_cell(cell)
    found.raise_error()
    return found.result


def test_a_cell_gives_its_rows(shell: Any, project: None) -> None:
    assert _value(shell, "%%treadle\nSELECT sum(n) AS s\nFROM numbers").fetchall() == [(6,)]
    assert _value(shell, "%treadle FROM numbers WHERE n > 2").fetchall() == [(3,)]
    assert _value(shell, "%treadle -p low=2 SELECT count(*) AS c FROM numbers").fetchall() == [(2,)]
    assert _value(shell, "%treadle --env late SELECT count(*) AS c FROM numbers").fetchall() == [(1,)]


@pytest.mark.parametrize(("form", "kind"), [("arrow", "pyarrow.lib"), ("pandas", "pandas"), ("polars", "polars.dataframe.frame")])
def test_rows_under_a_name(form: str, kind: str, shell: Any) -> None:
    assert _value(shell, f"%%treadle -o kept --as {form}\nSELECT 1 AS a") is None
    assert type(shell.user_ns["kept"]).__module__ == kind
    _value(shell, "%treadle -o kept SELECT 2 AS a")
    assert isinstance(shell.user_ns["kept"], Result)
    assert shell.user_ns["kept"].fetchall() == shell.user_ns["kept"].fetchall() == [(2,)]


def test_variables_are_tables_and_values(shell: Any) -> None:
    _value(shell, "import pandas as pd; frame = pd.DataFrame({'a': [1, 2, 3]}); least = 2")
    assert _value(shell, "%treadle SELECT a FROM frame WHERE a >= $least ORDER BY a").fetchall() == [(2,), (3,)]
    _value(shell, "frame = frame[frame.a > 2]")
    assert _value(shell, "%treadle FROM frame").fetchall() == [(3,)]


def test_what_the_project_declares_wins(shell: Any, project: None) -> None:
    _value(shell, "import pandas as pd; numbers = pd.DataFrame({'n': [100]}); low = 100")
    assert _value(shell, "%treadle SELECT max(n) AS m, PARAM low AS low FROM numbers").fetchall() == [(3, 1)]


def test_declarations_are_kept_from_cell_to_cell(shell: Any, project: None, capsys: pytest.CaptureFixture[str]) -> None:
    small = "CREATE VIEW small AS SELECT n FROM numbers WHERE n <= PARAM high"
    cell = f"%%treadle\nPARAM high BIGINT DEFAULT 2;\n{small};\nSELECT count(*) AS c FROM small"
    assert _value(shell, cell).fetchall() == [(2,)]
    assert _value(shell, "%%treadle\nCREATE VIEW small AS SELECT 1 AS n;") is None
    assert _value(shell, "%treadle FROM small").fetchall() == [(1,)]
    assert _value(shell, "%%treadle\nDROP VIEW small;") is None
    assert capsys.readouterr().out.split("\n")[:2] == ["declared parameter high", "declared view small"]
    found = shell.run_cell("%%treadle\n\nCREATE VIEW wrong AS SELECT nothing FROM numbers;")
    assert isinstance(found.error_in_exec, ShownError)
    assert "<cell>:2:" in capsys.readouterr().out


def test_errors_are_told_without_a_stack(shell: Any, project: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = shell.run_cell("%%treadle\nSELECT m\nFROM numbers")
    assert isinstance(found.error_in_exec, ShownError)
    shown = capsys.readouterr().out
    assert "error[T2001]" in shown and "1 | SELECT m" in shown and "Traceback" not in shown


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--as pndas SELECT 1", "none of arrow, pandas, polars"),
        ("--poject x SELECT 1", "did you mean `--project`"),
        ("-p low SELECT 1", "is not `name=value`"),
        ("-o 'a b' SELECT 1", "no name of a variable"),
        ("-o", "needs a value"),
    ],
)
def test_wrong_options_are_told(line: str, words: str, shell: Any) -> None:
    with pytest.raises(UsageError, match=words):
        shell.run_line_magic("treadle", line)


def test_text_behind_the_cell_magic_is_not_lost(shell: Any) -> None:
    with pytest.raises(UsageError, match="the query goes into the lines below"):
        shell.run_cell_magic("treadle", "SELECT 1", "SELECT 2")


def test_options_end_where_the_query_begins() -> None:
    assert split("-o x SELECT a -o y") == ({"output": ("x",)}, "SELECT a -o y")
    assert split("--env=dev -p a='x y' -p b=2 FROM t") == ({"env": ("dev",), "param": ("a=x y", "b=2")}, "FROM t")
    assert split("-- a comment\n SELECT 1")[0] == {}
