"""Completion as shells ask for it: the real scripts, and the answers for each position of a command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.place import Place
from tests.support.tree import ROOT

SQL = """
PARAM since DATE DEFAULT DATE '2013-01-01' COMMENT 'first day read';
CREATE SOURCE flights FROM CSV 'f.csv';
CREATE VIEW late_days COMMENT 'days with delays' TAGS (daily) AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW late_by_day INTO 'out' AS SELECT a FROM late_days;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.sql(SQL)
    made.file("treadle.toml", "[env.dev]\n[env.prod]\n[profiles.tiny]\nthreads = 1\n")
    return made


def answers(folder: Path, *words: str) -> list[str]:
    """Return what is offered for the last word."""
    asked = {"_TREADLE_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("treadle", *words)), "COMP_CWORD": str(len(words))}
    command = [sys.executable, "-m", "treadle"]
    ended = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **asked}, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    return [line.split(",", 1)[1] for line in ended.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("ru",), ["run"]),
        (("run", "la"), ["late_days", "late_by_day"]),
        (("run", "tag:"), ["tag:daily"]),
        (("run", "--env", ""), ["dev", "prod"]),
        (("run", "--profile", "ti"), ["tiny"]),
        (("run", "-p", "s"), ["since="]),
        (("run", "--no-such", "la"), ["late_days", "late_by_day"]),
        (("lineage", "f"), ["flights"]),
        (("show", "pa"), ["parameters"]),
        (("explain", "T2001"), ["T2001"]),
        (("explain", "t200"), [f"T200{n}" for n in range(1, 10)]),
        (("fmt", "--di"), ["--diff"]),
        (("completion", "z"), ["zsh"]),
    ],
)
def test_what_is_offered(words: tuple[str, ...], offered: list[str], place: Place) -> None:
    assert [one for one in answers(place.root, *words) if one in offered or words[0] != "explain"] == offered


def test_a_broken_project_breaks_no_prompt(tmp_path: Path) -> None:
    Place(tmp_path).file("treadle.toml", "[[[")
    assert answers(tmp_path, "run", "la") == []
    assert answers(tmp_path, "run", "--env", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_what_their_shells_read(shell: str, tmp_path: Path) -> None:
    ended = inside(tmp_path, "completion", shell)
    assert ended.status == 0 and "_TREADLE_COMPLETE" in ended.stdout
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n", "/dev/stdin"], input=ended.stdout, text=True, check=True)


def test_bash_completes_with_the_script(place: Place) -> None:
    bin = place.root / "bin"
    bin.mkdir()
    (bin / "treadle").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m treadle "$@"\n')
    (bin / "treadle").chmod(0o755)
    (place.root / "script").write_text(inside(place.root, "completion", "bash").stdout)
    typed = "COMP_WORDS=(treadle run late); COMP_CWORD=2; _treadle_completion treadle late run"
    lines = f"source ./script; {typed}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    environment = {**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["bash", "-c", lines], cwd=place.root, env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["late_days", "late_by_day"], ended.stderr
