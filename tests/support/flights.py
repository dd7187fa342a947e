"""The flights example in a folder of its own, for tests that run it or spoil it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

from tests.support.tree import ROOT

EXAMPLE = ROOT / "examples" / "flights"


def build_module() -> ModuleType:
    """Return the example's module that shapes the raw data."""
    spec = importlib.util.spec_from_file_location("build_lake", EXAMPLE / "build_lake.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_lake(lake: Path) -> None:
    """Build the example's lake in a folder, as the demo does."""
    build_module().build(lake)


def copy_project(root: Path) -> Path:
    """Copy the project's own files, without lake and outputs, and return its root."""
    root.mkdir(parents=True, exist_ok=True)
    for path in (*EXAMPLE.glob("*.sql"), EXAMPLE / "treadle.toml"):
        shutil.copy(path, root)
    return root
