"""The README's first project works as it is written: its files, its commands, its Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT

TEXT = (ROOT / "README.md").read_text("utf-8")
SECTION = TEXT.partition("## A first project")[2].partition("\n## ")[0]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, _, text in re.findall(r"^`(shop/\S+)`:\n\n```(\w+)\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "shop"


def _run(command: str | list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, shell=isinstance(command, str), capture_output=True, text=True, check=False)


def test_the_first_project_takes_twenty_lines() -> None:
    assert sum(len(block.splitlines()) for block in (*_blocks("csv"), *_blocks("sql"))) <= 20


def test_every_command_succeeds(shop: Path) -> None:
    commands = "".join(_blocks("sh")).splitlines()
    assert len(commands) >= 5
    for command in commands:
        run = _run(command.replace("treadle", f"{sys.executable} -m treadle", 1), shop)
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
    assert "DE" in run.stdout or "done" in run.stdout


def test_the_python_part_runs(shop: Path) -> None:
    script = "\n".join(_blocks("python")) + "\nprint(run.receipt.status, table.to_pylist())\n"
    run = _run([sys.executable, "-c", script], shop.parent)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[1].startswith("done [{'country': 'DE', 'orders': 1, 'revenue': 15.5}, {'country': 'FR'")


def test_the_verbs_are_those_of_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z]+):.*?## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert verbs == {"help", "demo", "test", "check", "fmt", "accept", "docs", "bench", "governance"}
    assert set(re.findall(r"^make ([a-z]+)", TEXT + (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)) <= verbs


def test_links_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
