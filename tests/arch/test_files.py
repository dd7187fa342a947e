"""What every committed file keeps to: a first line that says what it owns, its size, no machine's traces."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.tree import LAYERS, ROOT, committed_files, python_files

FILE_LINES = 400
FUNCTION_LINES = 40

# Beyond the budget, each with its reason. Shrink this list; don't grow it without one.
LONG_FILES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}

TRACES = re.compile(
    "|".join(
        (
            r"(?<![\w.])/wor" + r"k/",
            r"(?<![\w.])/roo" + r"t/",
            r"(?<![\w.])/hom" + r"e/(?!user\b|me\b)\w+",
            r"file:///op" + r"t",
            r"--(?:extra-)?index" + r"-url",
            r"AKIA[0-9A-Z]{16}",
            r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY",
            r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b(?=:\d)",
        )
    )
)


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_file_says_in_its_first_line_what_it_owns() -> None:
    for path in python_files():
        text = path.read_text("utf-8")
        first = text.removeprefix("#!/usr/bin/env python3\n").splitlines()[0] if text else ""
        assert re.match(r'r?"""\S.{10,}', first), f"{_relative(path)} opens without a docstring: {first!r}"


def test_files_stay_within_the_budget() -> None:
    sizes = {_relative(p): len(p.read_text("utf-8").splitlines()) for p in python_files(*LAYERS, "treadle")}
    over = {name: size for name, size in sizes.items() if size > LONG_FILES.get(name, FILE_LINES)}
    assert not over, f"longer than {FILE_LINES} lines: {over}"
    assert not [name for name in LONG_FILES if sizes.get(name, 0) <= FILE_LINES], "the allow-list names files that need no allowance"


def _functions() -> dict[str, int]:
    found: dict[str, int] = {}
    for path in python_files(*LAYERS, "treadle"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                key = f"{_relative(path)}:{node.name}"
                found[key] = max(found.get(key, 0), (node.end_lineno or node.lineno) - node.lineno + 1)
    return found


def test_functions_stay_within_the_budget() -> None:
    sizes = _functions()
    over = {name: size for name, size in sizes.items() if size > LONG_FUNCTIONS.get(name, FUNCTION_LINES)}
    assert not over, f"longer than {FUNCTION_LINES} lines: {over}"
    assert not [n for n in LONG_FUNCTIONS if sizes.get(n, 0) <= FUNCTION_LINES], "the allow-list names functions that need no allowance"


def test_no_committed_file_names_a_machine_or_a_secret() -> None:
    for path in committed_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = TRACES.search(text)
        assert found is None, f"{_relative(path)} holds {found.group(0)!r}" if found else ""


def test_no_test_is_without_an_assertion() -> None:
    words = ("Assert(", "raises", "assert_", "check", "expect", "verify")
    for path in python_files("tests"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert any(word in ast.dump(node) for word in words), f"{_relative(path)}:{node.lineno} {node.name} asserts nothing"


def test_no_exception_is_swallowed() -> None:
    for path in python_files(*LAYERS, "treadle"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                assert not all(isinstance(b, ast.Pass) for b in node.body), f"{_relative(path)}:{node.lineno} swallows an exception"
