"""The pictures of the shell: each one that `docs/screens.py` draws is committed, shown on a page, and whole."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.terminal import Terminal
from tests.support.tree import ROOT

SCREENS = ROOT / "docs" / "screens"
spec = importlib.util.spec_from_file_location("screens", ROOT / "docs" / "screens.py")
assert spec is not None and spec.loader is not None
screens = importlib.util.module_from_spec(spec)
spec.loader.exec_module(screens)


@pytest.mark.parametrize("name", screens.PICTURES)
def test_pictures_are_there_and_shown(name: str) -> None:
    assert f"(screens/{name}.svg)" in (ROOT / "docs" / "shell.md").read_text("utf-8")
    drawing = ElementTree.parse(SCREENS / f"{name}.svg").getroot()
    texts = "".join(one.text or "" for one in drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert "treadle shell" in texts and "flights>" in texts


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in SCREENS.glob("*.svg")} == set(screens.PICTURES)


def test_a_screen_is_drawn_in_its_colors(tmp_path: Path) -> None:
    with Terminal("shell", folder=tmp_path) as terminal:
        terminal.prompt()
        terminal.type("SELECT 1 AS one;")
        terminal.press("enter")
        terminal.prompt()
        drawing = screens.svg(terminal, "a <title>")
    assert "a &lt;title&gt;" in drawing and ">SELECT</text>" in drawing
    assert f'fill="{screens.COLORS["blue"]}" font-weight="bold">SELECT' in drawing
    assert "<path" in drawing and ElementTree.fromstring(drawing) is not None
