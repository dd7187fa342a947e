"""The tutorial works as it is written: its blocks, one after the other in one folder, print what stands below them.

Blocks of `sh`, `python` and `ipython` are run; a block of another language behind "`name`:" is written to that file.
`<!-- not run -->` before a block leaves it out, `<!-- status 1 -->` says how it ends. What a block prints stands in the
block of `text` right below it; `--accept` rewrites those whose text differs.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import filtered, shown
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>not run|status \d) -->\n)?(?:`(?P<file>[^`\n]+)`:\n\n)?"
    r"```(?P<language>\w+)\n(?P<code>.*?)^```\n(?P<below>\n```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)
RUN = {"sh", "python", "ipython"}
SHELL = re.compile(r"[|<>&;$`\n]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; behind it lies one with the command as `treadle`, whatever is installed."""
    command = tmp_path / "bin" / "treadle"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m treadle "$@"\n', "utf-8")
    command.chmod(0o755)
    made = tmp_path / "work"
    made.mkdir()
    return made


def run_process(command: list[str], folder: Path) -> tuple[int, str]:
    """Run a program in a folder; the commits that it makes are nobody's."""
    path = os.pathsep.join((str(folder.parent / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    who = {f"GIT_{role}_{what}": "tutorial" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    variables = {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "40", "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    variables |= {"IPYTHONDIR": str(folder.parent / "ipython")}
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}  # IPython warns of another one
    environment = {**outside, **who, **variables}
    ended = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return ended.returncode, ended.stdout.decode()


def run_block(language: str, code: str, folder: Path) -> tuple[int, str]:
    """Return the status of a block and what it printed; plain calls of `treadle` are run in this process, which is quicker."""
    if language == "python":
        return run_process([sys.executable, "-c", code], folder)
    if language == "ipython":
        status, printed = run_process([sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", code], folder)
        return status, re.sub(r"^Out\[\d+\]: *\n?", "", printed, flags=re.MULTILINE)
    if code.startswith("treadle ") and not SHELL.search(code.rstrip("\n")):
        return shown(folder, *shlex.split(code)[1:])
    return run_process(["sh", "-ec", code], folder)


def same(text: str) -> str:
    """Return a text without what differs from run to run, nor the widths that follow from it."""
    text = re.sub(r"\(([0-9a-f]{7})\)", "(<commit>)", filtered(text))
    return re.sub(r"─+", "─", re.sub(r" {2,}|  +$", "  ", text)).replace("  \n", "\n")


def test_every_block_prints_what_stands_below_it(folder: Path, expect: Callable[[Path, str], None]) -> None:
    def replayed(match: re.Match[str]) -> str:
        if match["mark"] == "not run":
            return match[0]
        if match["file"]:
            path = folder / match["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(match["code"], "utf-8")
        if match["file"] or match["language"] not in RUN:
            return match[0]
        status, printed = run_block(match["language"], match["code"], folder)
        wanted = int(match["mark"].removeprefix("status ")) if match["mark"] else 0
        assert status == wanted, f"status {status}:\n{match['code']}\n{printed}"
        printed = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
        if same(printed) == same(match["output"] or ""):
            return match[0]
        below = f"\n```text\n{printed}```\n" if printed else ""
        return match[0].removesuffix(match["below"] or "") + below

    expect(PAGE, BLOCK.sub(replayed, PAGE.read_text("utf-8")))


def test_the_page_shows_what_it_promises() -> None:
    blocks = list(BLOCK.finditer(PAGE.read_text("utf-8")))
    assert len([one for one in blocks if one["language"] in RUN and one["output"]]) >= 25
    assert ["pip install" in one["code"] for one in blocks if one["mark"] == "not run"] == [True], "only the installation is not run"
