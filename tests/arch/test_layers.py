"""`runtime → planner → dialect`, never back; engines only under `runtime`; relative inside a layer, `treadle.…` across."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.tree import ROOT, python_files

ORDER = ("grammar", "dialect", "planner", "runtime")
ENGINES = {"datafusion", "deltalake", "pyarrow"}


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted module of every import, relative ones made absolute under `treadle`."""
    package = ("treadle", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield node.lineno, ".".join([*base, *([node.module] if node.module else [])])


def test_no_layer_imports_a_later_one() -> None:
    for path in python_files(*ORDER):
        own = ORDER.index(path.relative_to(ROOT).parts[0])
        for line, name in _imports(path):
            parts = name.split(".")
            if parts[0] == "treadle" and len(parts) > 1 and parts[1] in ORDER:
                assert ORDER.index(parts[1]) <= own, f"{path}:{line} imports {name}"


def test_engines_are_imported_under_runtime_only() -> None:
    for path in python_files("grammar", "dialect", "planner"):
        for line, name in _imports(path):
            assert name.split(".")[0] not in ENGINES, f"{path}:{line} imports {name}"


def test_relative_inside_a_layer() -> None:
    for path in python_files(*ORDER):
        layer = path.relative_to(ROOT).parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                assert not f"{node.module}.".startswith(f"treadle.{layer}."), f"{path}:{node.lineno} should import relatively"
