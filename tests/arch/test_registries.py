"""Every statement, table function, rule, command and error code stands where a person would look for it."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import ROOT, python_files
from treadle.dialect.statements.base import Statement

LANGUAGE = (ROOT / "docs" / "language.md").read_text("utf-8")
CODE = re.compile(r"\bT[1-7]\d{3}\b")


def _modules(folder: str, *but: str) -> list[str]:
    return sorted(p.stem for p in (ROOT / folder).glob("[!_]*.py") if p.stem not in but)


def _summary(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("name", _modules("dialect/statements", "base", "location"))
def test_every_statement_is_documented(name: str) -> None:
    first = re.search(r"`([^`]+)`", _summary(ROOT / "dialect" / "statements" / f"{name}.py"))
    assert first, f"{name}.py does not open with its syntax"
    words = re.sub(r"\[[^]]*\]\s*", "", first[1])
    keyword = re.match(r"[A-Z]+(?: [A-Z]+)*", words)
    assert keyword and keyword[0] in LANGUAGE


@pytest.mark.parametrize("name", _modules("dialect/statements", "base", "location"))
def test_every_statement_has_a_case_that_parses(name: str) -> None:
    cases = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "cases" / "parse").glob("*.md"))
    module = importlib.import_module(f"treadle.dialect.statements.{name}")
    kinds = {v.kind for v in vars(module).values() if isinstance(v, type) and issubclass(v, Statement) and v is not Statement}
    assert kinds
    for kind in kinds:
        assert re.search(rf"^{kind} \d+:\d+-", cases, re.MULTILINE), f"tests/cases/parse has no {kind} statement"


@pytest.mark.parametrize("name", _modules("planner/functions/tables", "base"))
def test_every_table_function_is_documented(name: str) -> None:
    functions = importlib.import_module(f"treadle.planner.functions.tables.{name}").FUNCTIONS
    assert functions
    for function in functions:
        assert f"`{function.name}" in LANGUAGE, f"{function.name} is not in docs/language.md"
        assert function.doc and function.example


def test_every_pack_is_a_file_in_the_ordered_tuple_and_stands_in_the_documentation() -> None:
    from treadle.planner.functions.packs import PACKS

    assert sorted(pack.name for pack in PACKS) == _modules(
        "planner/functions/packs", "arithmetic", "base", "buckets", "canonical", "frames", "printf"
    )
    written = (ROOT / "docs" / "functions.md").read_text("utf-8")
    for pack in PACKS:
        assert f"\n## {pack.name}\n" in written
        assert not [one.shown for one in pack.functions if f"| `{one.shown}`: " not in written]


def test_every_rule_stands_in_the_ordered_tuple_and_in_a_pack() -> None:
    from treadle.planner.rules import RULES
    from treadle.planner.rules.packs import PACKS

    names = [rule.name for rule in RULES]
    assert set(_modules("planner/rules", "base", "overlay", "packs")) == set(names)
    assert set().union(*(pack.rules for pack in PACKS.values())) == set(names)


def test_every_rule_and_table_function_is_tested_by_name() -> None:
    tested = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.*") if path.suffix in (".py", ".md", ".toml", ".sql"))
    names = (*_modules("planner/rules", "base", "overlay", "packs"), *_modules("planner/functions/tables", "base"))
    missing = [name for name in names if name not in tested]
    assert not missing


@pytest.mark.parametrize("name", _modules("runtime/cli/commands"))
def test_every_command_is_documented_and_has_a_snapshot(name: str) -> None:
    assert f"## treadle {name.replace('_', '-')}\n" in (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert list((ROOT / "tests" / "snapshots" / "cli").glob(f"{name}*")), f"no snapshot of `treadle {name}`"


def _raised() -> Iterator[tuple[Path, str]]:
    for path in python_files("dialect", "planner", "runtime"):
        yield from ((path, code) for code in CODE.findall(path.read_text("utf-8")))


def test_every_code_in_the_source_is_registered_and_the_other_way_round() -> None:
    from treadle.dialect.diagnostics import codes

    named = {code for _, code in _raised()}
    unknown = {f"{path.relative_to(ROOT)}: {code}" for path, code in _raised() if code not in codes()}
    assert not unknown
    assert not set(codes()) - named, "codes that nothing raises"


def test_every_code_says_what_it_must() -> None:
    from treadle.dialect.diagnostics import codes

    for code in codes().values():
        assert CODE.fullmatch(code.code) and code.title and code.cause and code.fix
        assert not code.title.endswith(".") and code.cause.endswith((".", ")")) and code.fix.endswith((".", ")")), code.code
