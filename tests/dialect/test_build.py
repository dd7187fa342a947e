"""The dialect beside sqlglot's builds: the plain modules are preferred when asked, the compiled build is a coded error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from treadle.dialect import sql
from treadle.dialect.diagnostics import TreadleError


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_plain_modules_are_found_before_compiled_twins() -> None:
    code = """
import sys
from importlib.machinery import ModuleSpec
from treadle.dialect.pure_sqlglot import prefer_pure
print(prefer_pure(), prefer_pure())
from treadle.dialect import parse_query, to_sql
import sqlglot.parser, sqlglot.expressions.core
print(sqlglot.parser.__file__.endswith(".py"), type(sqlglot.parser.__loader__).__name__, to_sql(parse_query("select 1 as a")))
print(prefer_pure())
"""
    assert _python(code).splitlines() == ["True True", "True SourceFileLoader SELECT 1 AS a", "False"]


def test_the_compiled_build_is_told_by_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, **arguments: object) -> None:
        raise TypeError("interpreted classes cannot inherit from compiled")

    sql.usable.cache_clear()
    monkeypatch.setattr(sql.Treadle.Parser, "__init__", refuse)
    with pytest.raises(TreadleError) as caught:
        sql.parser()
    (found,) = caught.value.diagnostics
    assert found.code == "T1015" and found.help == "run `pip uninstall sqlglotc`"
    monkeypatch.undo()
    sql.usable.cache_clear()
    assert sql.usable()


def test_importing_the_language_imports_no_parser() -> None:
    code = "import sys, treadle.dialect; print([m for m in ('sqlglot', 'lark') if m in sys.modules])"
    assert _python(code) == "[]"
