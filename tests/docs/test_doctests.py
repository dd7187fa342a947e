"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.support.tree import ROOT

MODULES = sorted(
    "treadle." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for layer in ("dialect", "planner", "runtime")
    for path in (ROOT / layer).rglob("*.py")
    if ">>>" in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
